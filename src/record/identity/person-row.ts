import type { RecordKey } from '../../store/record-store.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type PersonValue } from '../collections.js';

/** Replaced ids of one person that are followed; more is a fault. */
const REPLACED_MAX = 200;

/** Index keys of a person's row: whom it was replaced by. */
export const personKeys = (value: PersonValue): readonly RecordKey[] =>
  value.replacedBy === undefined ? [] : [{ index: 'replaced-by', value: value.replacedBy }];

/** Every id under which things of the person may stand: its own and those that it replaced, through any chain. */
export async function personIds(store: Store, personId: string): Promise<readonly string[]> {
  const ids = [personId];
  for (let at = 0; at < ids.length && ids.length < REPLACED_MAX; at += 1) {
    const found = await store.find<PersonValue>({
      collection: COLLECTIONS.person,
      index: 'replaced-by',
      value: ids[at] ?? '',
      limit: REPLACED_MAX,
    });
    for (const { id } of found) if (!ids.includes(id)) ids.push(id);
  }
  return ids;
}

/** The one current person behind a person id, through any chain of replacements; undefined when there is no such person. */
export async function currentPersonOf(store: Store, personId: string): Promise<string | undefined> {
  let id = personId;
  for (let step = 0; step < REPLACED_MAX; step += 1) {
    const person = await store.record<PersonValue>(COLLECTIONS.person, id);
    if (person === undefined) return step === 0 ? undefined : id;
    if (person.value.state === 'active' || person.value.replacedBy === undefined) return id;
    id = person.value.replacedBy;
  }
  throw new Error('a chain of replaced persons does not end');
}
