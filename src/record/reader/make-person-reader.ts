import type { FhirResource, Identifier, Patient, RelatedPerson } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import type { ReachView } from '../../fhir/access-policy.js';
import type { PatientResolver } from '../../fhir/patient-resolver.js';
import { SYSTEMS } from '../../fhir/systems.js';
import type { SearchCriterion, StoredResource } from '../../store/resource-store.js';
import type { Store } from '../../store/store.js';
import { COLLECTIONS, type IdentityValue, type LinkValue, type ReviewTaskValue } from '../collections.js';
import { BLOOD_GROUP_CODES } from '../facts/fact-keys.js';
import { autoKeys, reviewKeys } from '../identity/blocking.js';
import { linkedIdentities } from '../identity/component.js';
import { normalise } from '../identity/normal-form.js';
import type { Dossier } from '../sources/dossier.js';
import type { SourceReader } from '../sources/read-source.js';
import { inView, readEvents } from './events.js';
import type { HistoryPage, PersonReader, PersonStanding, PersonSummary, ReviewTask } from './person-reader.js';
import { readTrace } from './trace.js';

/** Persons shown for one number; more means a number that a whole village shares. */
export const FOUND_MAX = 20;
/** Standing facts of one type on a page. */
export const STANDING_MAX = 200;
/** Newest prescriptions at the head of a page. */
export const MEDICINES_MAX = 50;
/** Vital signs and body measures whose newest value stands on the page (LOINC). */
const LATEST_CODES: readonly string[] = [
  '85354-9',
  '8867-4',
  '8310-5',
  '9279-1',
  '59408-5',
  '2708-6',
  '29463-7',
  '8302-2',
  '39156-5',
  '15074-8',
];

export function makePersonReader(deps: {
  readonly store: Store;
  readonly parse: (body: string) => FhirResource;
  readonly sources: SourceReader;
  readonly patients: PatientResolver;
}): PersonReader {
  const { store, parse } = deps;

  async function patientInView(personId: string, view: ReachView): Promise<Patient | undefined> {
    if (view.subject !== undefined && view.subject !== personId) return undefined;
    const page = await store.search({
      resourceTypes: ['Patient'],
      criteria: [token('_id', personId)],
      order: 'newest',
      count: 1,
      ...inView(view),
    });
    return redacted(page.items[0], view);
  }

  const redacted = (stored: StoredResource | undefined, view: ReachView): Patient | undefined => {
    if (stored?.body === undefined) return undefined;
    const resource = parse(stored.body);
    return (view.redact === undefined ? resource : view.redact(resource)) as Patient;
  };

  async function personsWithNumber(number: string): Promise<readonly string[]> {
    const normal = normalise({ source: 'look-up', sourceType: 'portal', nationalId: number.trim(), passport: number.trim() });
    const persons = new Set<string>();
    for (const key of [...autoKeys(normal), ...reviewKeys(normal)]) {
      const found = await store.find<IdentityValue>({ collection: COLLECTIONS.identity, index: 'block', value: key, limit: 200 });
      const links = await store.records<LinkValue>(
        COLLECTIONS.link,
        found.map(({ id }) => id),
      );
      for (const link of links) if (link?.value.personId !== undefined) persons.add(link.value.personId);
    }
    return [...persons].sort().slice(0, FOUND_MAX);
  }

  async function summaries(personIds: readonly string[], view: ReachView): Promise<readonly PersonSummary[]> {
    const found = await Promise.all(personIds.map((personId) => patientInView(personId, view)));
    return personIds.flatMap((personId, index) => {
      const patient = found[index];
      return patient === undefined ? [] : [{ personId, patient }];
    });
  }

  async function ofType(
    type: string,
    personId: string,
    view: ReachView,
    criteria: readonly SearchCriterion[] = [],
    count = STANDING_MAX,
  ) {
    const page = await store.search({
      resourceTypes: [type],
      criteria,
      subject: personId,
      order: 'date-desc',
      count,
      ...inView(view),
    });
    return page.items.map((stored) => parse(stored.body ?? ''));
  }

  async function standing(personId: string, patient: Patient, view: ReachView): Promise<PersonStanding> {
    const loinc = (codes: readonly string[]): SearchCriterion => ({
      param: 'code',
      kind: 'token',
      values: codes.map((code) => ({ kind: 'token', system: SYSTEMS.loinc, code })),
    });
    const [allergies, immunizations, coverages, conditions, medicines, bloodGroup, children, ...latest] = await Promise.all([
      ofType('AllergyIntolerance', personId, view),
      ofType('Immunization', personId, view),
      ofType('Coverage', personId, view),
      ofType('Condition', personId, view),
      ofType('MedicationRequest', personId, view, [], MEDICINES_MAX),
      ofType('Observation', personId, view, [loinc(BLOOD_GROUP_CODES)]),
      childrenOf(patient, view),
      ...LATEST_CODES.map((code) => ofType('Observation', personId, view, [loinc([code])], 1)),
    ]);
    return { allergies, immunizations, coverages, conditions, medicines, bloodGroup, latest: latest.flat(), children };
  }

  /** Children are found by the mother's numbers on their RelatedPerson (merging.md §3.6); only those in view are shown. */
  async function childrenOf(patient: Patient, view: ReachView): Promise<readonly PersonSummary[]> {
    const numbers = (patient.identifier ?? []).filter(isPersonNumber);
    if (numbers.length === 0 || view.subject !== undefined) return [];
    const page = await store.search({
      resourceTypes: ['RelatedPerson'],
      criteria: [
        {
          param: 'identifier',
          kind: 'token',
          values: numbers.map(({ system, value }) => ({
            kind: 'token',
            ...(system === undefined ? {} : { system }),
            code: value ?? '',
          })),
        },
      ],
      order: 'newest',
      count: FOUND_MAX,
      ...inView(view),
    });
    const asParent = page.items.filter(({ body }) => isParent(parse(body ?? '') as RelatedPerson));
    const ids = new Set(asParent.map(({ subject }) => subject ?? '').filter((id) => id !== '' && id !== patient.id));
    return summaries([...ids].sort(), view);
  }

  async function isUpdating(personId: string): Promise<boolean> {
    for (const identity of await linkedIdentities(store, personId)) {
      const [pending] = await store.find<Dossier>({
        collection: COLLECTIONS.dossier,
        index: 'pending',
        value: identity,
        limit: 1,
      });
      if (pending !== undefined) return true;
      const link = await store.record<LinkValue>(COLLECTIONS.link, identity);
      if (link?.value.full === true || (link?.value.previous.length ?? 0) > 0) return true;
    }
    return false;
  }

  return {
    personsWithNumber,
    async findByNumber(number, view) {
      return summaries(await personsWithNumber(number), view);
    },
    async findByName({ name, birthYear, count, cursor }, view) {
      const words = name.normalize('NFC').split(/\s+/).filter(Boolean).slice(0, 8);
      if (words.length === 0) throw new PhrError('invalid', 'Hãy nhập tên');
      const criteria: SearchCriterion[] = words.map((text) => ({
        param: 'name',
        kind: 'string',
        values: [{ kind: 'string', text }],
      }));
      if (birthYear !== undefined) {
        const start = Date.parse(`${String(birthYear)}-01-01T00:00:00+07:00`);
        const end = Date.parse(`${String(birthYear + 1)}-01-01T00:00:00+07:00`);
        criteria.push({ param: 'birthdate', kind: 'date', values: [{ kind: 'date', prefix: 'eq', start, end }] });
      }
      const page = await store.search({
        resourceTypes: ['Patient'],
        criteria,
        order: 'newest',
        count,
        ...inView(view),
        ...(view.subject === undefined ? {} : { subject: view.subject }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      const items = page.items.flatMap((stored) => {
        const patient = redacted(stored, view);
        return patient === undefined ? [] : [{ personId: stored.id, patient }];
      });
      return { items, ...(page.next === undefined ? {} : { next: page.next }) };
    },
    async history(asked, view, page): Promise<HistoryPage | undefined> {
      const personId = (await deps.patients.currentPerson(asked)) ?? asked;
      const patient = await patientInView(personId, view);
      if (patient === undefined) return undefined;
      const [{ events, next }, summary, updating] = await Promise.all([
        readEvents({ store, parse }, personId, view, page),
        standing(personId, patient, view),
        isUpdating(personId),
      ]);
      return { personId, patient, updating, summary, events, ...(next === undefined ? {} : { next }) };
    },
    async trace(asked, reference, view) {
      const personId = (await deps.patients.currentPerson(asked)) ?? asked;
      if (view.subject !== undefined && view.subject !== personId) return undefined;
      return readTrace({ store, parse, sources: deps.sources }, personId, reference, view);
    },
    async personOfIdentity(identityId) {
      return (await store.record<LinkValue>(COLLECTIONS.link, identityId))?.value.personId;
    },
    async reviewTasks({ count, cursor }) {
      const after = taskCursor(cursor);
      const found = await store.find<ReviewTaskValue>({
        collection: COLLECTIONS.reviewTask,
        index: 'state',
        value: 'open',
        limit: count + 1,
        ...(after === undefined ? {} : { after }),
      });
      const items: ReviewTask[] = [];
      for (const task of found.slice(0, count)) items.push({ ...task.value, id: task.id, patients: await sidesOf(task.value) });
      const last = found.length > count ? found[count - 1] : undefined;
      return {
        items,
        ...(last === undefined
          ? {}
          : { next: Buffer.from(JSON.stringify({ sort: last.sort, id: last.id })).toString('base64url') }),
      };
    },
  };

  /** Both sides of a task, for the steward whose duty is to compare them. */
  async function sidesOf(task: ReviewTaskValue): Promise<ReviewTask['patients']> {
    const links = await store.records<LinkValue>(COLLECTIONS.link, [task.a, task.b]);
    const sides = await Promise.all(
      links.map(async (link) => {
        const personId = link?.value.personId;
        if (personId === undefined) return undefined;
        const [summary] = await summaries([personId], { noLabel: [] });
        return summary;
      }),
    );
    return { ...(sides[0] === undefined ? {} : { a: sides[0] }), ...(sides[1] === undefined ? {} : { b: sides[1] }) };
  }
}

const token = (param: string, code: string): SearchCriterion => ({ param, kind: 'token', values: [{ kind: 'token', code }] });

/** Parents in http://terminology.hl7.org/CodeSystem/v3-RoleCode; a wife or an emergency contact bears a number, too. */
const PARENT_CODES: ReadonlySet<string> = new Set(['PRN', 'NPRN', 'MTH', 'NMTH', 'GESTM', 'FTH', 'NFTH']);
const isParent = ({ relationship = [] }: RelatedPerson): boolean =>
  relationship.some(({ coding = [] }) => coding.some(({ code }) => code !== undefined && PARENT_CODES.has(code)));

const isPersonNumber = ({ system }: Identifier): boolean =>
  system === SYSTEMS.nationalId || system === SYSTEMS.insuranceCard || system === SYSTEMS.socialInsurance;

function taskCursor(cursor: string | undefined): { sort: string; id: string } | undefined {
  if (cursor === undefined) return undefined;
  try {
    const value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as { sort?: unknown; id?: unknown } | null;
    if (typeof value?.sort === 'string' && typeof value.id === 'string') return { sort: value.sort, id: value.id };
  } catch {
    // falls through
  }
  throw new PhrError('invalid', 'the cursor is not one of ours');
}
