import type { SearchCriterion } from '../../store/resource-store.js';
import type { Store } from '../../store/store.js';
import type { ReachView } from '../access-policy.js';
import { inReach } from './reach.js';

/**
 * The persons that a search names, as far as the caller reaches them: "none" and a count say something about a person too, so they belong on
 * the access line. Of a person beyond reach nothing was told.
 *
 * @param criteria with Patient references mapped to current persons
 */
export async function personsAsked(
  store: Pick<Store, 'resource'>,
  resourceType: string,
  criteria: readonly SearchCriterion[],
  reach: ReachView,
): Promise<readonly string[]> {
  const ids = new Set<string>();
  for (const { param, kind, modifier, values } of criteria) {
    for (const value of values) {
      if (kind === 'reference' && value.kind === 'reference' && value.resourceType === 'Patient') ids.add(value.id);
      if (resourceType === 'Patient' && param === '_id' && modifier === undefined && value.kind === 'token' && value.code)
        ids.add(value.code);
    }
  }
  const persons: string[] = [];
  for (const id of ids) {
    const person = await store.resource({ resourceType: 'Patient', id });
    if (person?.body !== undefined && person.subject === id && inReach(person, reach)) persons.push(id);
  }
  return persons;
}
