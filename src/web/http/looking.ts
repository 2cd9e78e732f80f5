import type { FhirResource } from 'fhir/r4.js';
import type { Caller, AccessPolicy } from '../../fhir/access-policy.js';
import type { RecordPut } from '../../store/record-store.js';
import type { Store } from '../../store/store.js';
import { PhrError } from '../../errors.js';

/** What a page is about to show. */
export interface Shown {
  /** Page, beginning with the role: `station-history`. */
  readonly interaction: string;
  readonly action?: 'R' | 'E';
  readonly patients: readonly string[];
  /** `Type/id`, or `Type` when nothing was found. */
  readonly what: readonly string[];
  /** Records that are written with the access line, in the same commit. */
  readonly records?: readonly RecordPut[];
}

/** Writes down a look; resolves when it is durable, and only then may the page leave (design.md idea 5). */
export type WriteDownLook = (caller: Caller, shown: Shown) => Promise<void>;

/** @throws PhrError `unavailable` when the line could not be made durable, whatever the cause: then nothing is shown */
export function makeWriteDownLook(deps: {
  readonly store: Pick<Store, 'commit'>;
  readonly policy: Pick<AccessPolicy, 'lines'>;
}): WriteDownLook {
  return async (caller, { interaction, action = 'R', patients, what, records = [] }) => {
    const access = deps.policy.lines(caller, { action, interaction, outcome: '0', patients, what });
    try {
      await deps.store.commit({ access, ...(records.length === 0 ? {} : { records }) });
    } catch (error) {
      throw new PhrError('unavailable', 'The look could not be written down', [], { cause: error });
    }
  };
}

/** `Type/id` of resources. */
export const referencesOf = (resources: readonly FhirResource[]): readonly string[] =>
  resources.flatMap(({ resourceType, id }) => (id === undefined ? [] : [`${resourceType}/${id}`]));
