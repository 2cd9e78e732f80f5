import { PhrError } from '../../errors.js';
import type { AccessLine } from '../../store/access-log.js';
import type { Store } from '../../store/store.js';
import type { AccessPolicy, Caller } from '../access-policy.js';

/** What was shown to a caller, or refused. */
export interface Access {
  readonly action: AccessLine['action'];
  readonly interaction: string;
  /** Person ids whose data are in the answer. */
  readonly patients: readonly string[];
  /** `Type/id` of what is in the answer; `Type` alone when nothing is. */
  readonly what: readonly string[];
}

/** The trace that every look leaves (design.md idea 5). */
export interface Trace {
  /** Durable when it resolves: the answer waits for it. @throws PhrError `unavailable` when it could not be kept */
  shown(caller: Caller, access: Access): Promise<void>;
  /** Runs `work`; when it is refused, that is kept too, without the persons whose data were not shown. */
  keepingRefusals<T>(caller: Caller, access: Omit<Access, 'patients'>, work: () => Promise<T>): Promise<T>;
}

const ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** `Type/id`, or `Type` alone when the id asked for is no FHIR id: a typed number or name does not enter the log. */
export const referenceForTrace = (resourceType: string, id: string): string =>
  ID.test(id) ? `${resourceType}/${id}` : resourceType;

export function makeTrace(deps: { readonly store: Pick<Store, 'commit'>; readonly access: Pick<AccessPolicy, 'lines'> }): Trace {
  const keep = async (lines: readonly AccessLine[]): Promise<void> => {
    try {
      await deps.store.commit({ access: lines });
    } catch (cause) {
      throw new PhrError('unavailable', 'The access could not be recorded, so nothing is shown; try again later', [], { cause });
    }
  };
  return {
    shown: (caller, access) => keep(deps.access.lines(caller, { ...access, outcome: '0' })),
    keepingRefusals: async (caller, access, work) => {
      try {
        return await work();
      } catch (error) {
        if (error instanceof PhrError && error.category !== 'unavailable') {
          await keep(deps.access.lines(caller, { ...access, patients: [], outcome: '4' }));
        }
        throw error;
      }
    },
  };
}
