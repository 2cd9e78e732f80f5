import { isPhrError } from '../../errors.js';
import type { IdentityInput } from '../../intake/parsed-visit.js';
import { LINK_PERSON } from '../../queue/jobs/link-person.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type IdentityValue } from '../collections.js';
import { blockingKeys } from './blocking.js';
import { identityIdOf, normalise } from './normal-form.js';

/** Keeps an identity record that no visit brought (a portal account) and opens its link row. Idempotent. */
export async function registerIdentity(
  deps: { readonly store: Store; readonly newRowId: () => string },
  input: IdentityInput,
): Promise<string> {
  const normal = normalise(input);
  const id = identityIdOf(normal);
  if ((await deps.store.record<IdentityValue>(COLLECTIONS.identity, id)) !== undefined) return id;
  const keys = blockingKeys(normal);
  try {
    await deps.store.commit({
      records: [
        {
          collection: COLLECTIONS.identity,
          id,
          expected: 'absent',
          value: { normal, live: true } satisfies IdentityValue,
          keys: keys.map((value) => ({ index: 'block', value })),
        },
      ],
      bumps: keys,
      opens: [{ id: deps.newRowId(), kind: LINK_PERSON.kind, payload: { identityId: id } }],
    });
  } catch (error) {
    if (!isPhrError(error, 'precondition-failed')) throw error; // somebody else registered the same
  }
  return id;
}
