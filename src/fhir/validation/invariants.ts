import type { TypeName } from '../definitions/element-tree.js';
import { isResourceType } from '../definitions/definitions.js';
import { dateRangeOf } from '../search/date-range.js';

/** A rule of the base specification beyond cardinality and type. `key` is the official one, or the element whose definition says it; `holds` is asked for one node of the type. */
export interface Invariant {
  readonly key: string;
  readonly holds: (node: Node) => boolean;
  /** What the rule says, without any value. */
  readonly text: string;
}

type Node = Readonly<Record<string, unknown>>;

const has = (node: Node, ...names: readonly string[]): boolean =>
  names.some((name) => node[name] !== undefined || node[`_${name}`] !== undefined);
/** Has the element `name[x]`? Choice keys go on with a capital letter: `value` is not found in `valueSet` elements of other names. */
const hasChoice = (node: Node, name: string): boolean =>
  Object.keys(node).some((key) => {
    const plain = key.startsWith('_') ? key.slice(1) : key;
    return plain.startsWith(name) && /^[A-Z]/.test(plain.slice(name.length));
  });
const listOf = (value: unknown): readonly Node[] =>
  Array.isArray(value) ? value.filter((item): item is Node => typeof item === 'object' && item !== null) : [];
const nodeOf = (value: unknown): Node => (typeof value === 'object' && value !== null ? (value as Node) : {});
const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number'
    ? value
    : typeof value === 'object' && value !== null
      ? Number((value as { value?: unknown }).value)
      : undefined;
const isNegative = (value: unknown): boolean => (numberOf(value) ?? 0) < 0;

const isCoded = (concept: unknown, system: string, ...codes: readonly string[]): boolean =>
  listOf(nodeOf(concept)['coding']).some((coding) => coding['system'] === system && codes.includes(String(coding['code'])));

const CONDITION_VERIFICATION = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
const CONDITION_CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const ALLERGY_VERIFICATION = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification';
const UCUM = 'http://unitsofmeasure.org';

function startsBeforeEnd({ start, end }: Node): boolean {
  if (typeof start !== 'string' || typeof end !== 'string') return true;
  const from = dateRangeOf(start);
  const to = dateRangeOf(end);
  // Partial dates: only what is certainly the wrong way round.
  return from === undefined || to === undefined || from.start < to.end;
}

function repeatsNoCode(observation: Node): boolean {
  if (!hasChoice(observation, 'value')) return true;
  const codings = listOf(nodeOf(observation['code'])['coding']);
  return !listOf(observation['component']).some((component) =>
    listOf(nodeOf(component['code'])['coding']).some((coding) =>
      codings.some(
        (other) => other['code'] !== undefined && other['code'] === coding['code'] && other['system'] === coding['system'],
      ),
    ),
  );
}

const TRANSACTIONS: readonly unknown[] = ['batch', 'transaction', 'history'];
const RESPONSES: readonly unknown[] = ['batch-response', 'transaction-response', 'history'];

function fullUrlsDiffer(bundle: Node): boolean {
  if (bundle['type'] === 'history') return true;
  const urls = listOf(bundle['entry'])
    .filter(({ fullUrl }) => fullUrl !== undefined)
    .map(({ fullUrl, resource }) => `${String(fullUrl)} ${String(nodeOf(nodeOf(resource)['meta'])['versionId'])}`);
  return new Set(urls).size === urls.length;
}

/** `…/Type/id` of a fullUrl that looks like the address of a resource. */
const RESTFUL_URL = /^https?:\/\/.+\/([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/;

/** Bundle.entry.fullUrl: "SHALL NOT disagree with the id in the resource". */
function agreesWithId({ fullUrl, resource }: Node): boolean {
  const { resourceType, id } = nodeOf(resource);
  const [, type, last] = (typeof fullUrl === 'string' ? RESTFUL_URL.exec(fullUrl) : undefined) ?? [];
  if (type === undefined || !isResourceType(type) || typeof id !== 'string') return true;
  return type === resourceType && last === id;
}

const firstType = (bundle: Node): unknown => nodeOf(listOf(bundle['entry'])[0]?.['resource'])['resourceType'];

const quantity: Invariant = {
  key: 'qty-3',
  holds: (node) => !has(node, 'code') || has(node, 'system'),
  text: 'a coded unit needs its system',
};

/** Invariants of the base types that are checked, by type or part. Those that are not are listed in docs/adr/0006-compiled-validation.md. */
export const INVARIANTS: Readonly<Record<TypeName, readonly Invariant[]>> = {
  Extension: [
    {
      key: 'ext-1',
      holds: (node) => has(node, 'extension') !== hasChoice(node, 'value'),
      text: 'an extension has a value or extensions, not both',
    },
  ],
  Attachment: [
    { key: 'att-1', holds: (node) => !has(node, 'data') || has(node, 'contentType'), text: 'data needs a contentType' },
  ],
  ContactPoint: [{ key: 'cpt-2', holds: (node) => !has(node, 'value') || has(node, 'system'), text: 'a value needs a system' }],
  Period: [{ key: 'per-1', holds: startsBeforeEnd, text: 'start is not after end' }],
  Quantity: [quantity],
  Duration: [
    quantity,
    {
      key: 'drt-1',
      holds: (node) => !has(node, 'code') || (node['system'] === UCUM && has(node, 'value')),
      text: 'a coded duration is in UCUM and has a value',
    },
  ],
  Age: [
    quantity,
    {
      key: 'age-1',
      holds: (node) =>
        (has(node, 'code') || !has(node, 'value')) &&
        (!has(node, 'system') || node['system'] === UCUM) &&
        (numberOf(node['value']) ?? 1) > 0,
      text: 'an age is positive and coded in UCUM',
    },
  ],
  Range: [
    {
      key: 'rng-2',
      holds: ({ low, high }) => {
        const [from, to] = [numberOf(nodeOf(low)['value']), numberOf(nodeOf(high)['value'])];
        return from === undefined || to === undefined || nodeOf(low)['code'] !== nodeOf(high)['code'] || from <= to;
      },
      text: 'low is not above high',
    },
  ],
  Ratio: [
    {
      key: 'rat-1',
      holds: (node) => has(node, 'numerator') === has(node, 'denominator') && has(node, 'numerator', 'extension'),
      text: 'a ratio has both numerator and denominator, or an extension',
    },
  ],
  'Timing.repeat': [
    { key: 'tim-1', holds: (node) => !has(node, 'duration') || has(node, 'durationUnit'), text: 'a duration needs its unit' },
    { key: 'tim-2', holds: (node) => !has(node, 'period') || has(node, 'periodUnit'), text: 'a period needs its unit' },
    { key: 'tim-4', holds: (node) => !isNegative(node['duration']), text: 'a duration is not negative' },
    { key: 'tim-5', holds: (node) => !isNegative(node['period']), text: 'a period is not negative' },
    { key: 'tim-6', holds: (node) => !has(node, 'periodMax') || has(node, 'period'), text: 'periodMax needs a period' },
    { key: 'tim-7', holds: (node) => !has(node, 'durationMax') || has(node, 'duration'), text: 'durationMax needs a duration' },
    { key: 'tim-8', holds: (node) => !has(node, 'countMax') || has(node, 'count'), text: 'countMax needs a count' },
    {
      key: 'tim-9',
      holds: (node) =>
        !has(node, 'offset') ||
        (Array.isArray(node['when']) && !node['when'].some((when) => ['C', 'CM', 'CD', 'CV'].includes(String(when)))),
      text: 'an offset needs a when other than a meal',
    },
    {
      key: 'tim-10',
      holds: (node) => !has(node, 'timeOfDay') || !has(node, 'when'),
      text: 'timeOfDay and when exclude each other',
    },
  ],
  'Patient.contact': [
    {
      key: 'pat-1',
      holds: (node) => has(node, 'name', 'telecom', 'address', 'organization'),
      text: 'a contact has a name, telecom, address or organization',
    },
  ],
  Condition: [
    {
      key: 'con-4',
      holds: (node) =>
        !hasChoice(node, 'abatement') || isCoded(node['clinicalStatus'], CONDITION_CLINICAL, 'resolved', 'remission', 'inactive'),
      text: 'a condition that abated is inactive, resolved or in remission',
    },
    {
      key: 'con-5',
      holds: (node) =>
        !isCoded(node['verificationStatus'], CONDITION_VERIFICATION, 'entered-in-error') || !has(node, 'clinicalStatus'),
      text: 'what was entered in error has no clinicalStatus',
    },
  ],
  'Condition.stage': [
    { key: 'con-1', holds: (node) => has(node, 'summary', 'assessment'), text: 'a stage has a summary or an assessment' },
  ],
  'Condition.evidence': [{ key: 'con-2', holds: (node) => has(node, 'code', 'detail'), text: 'evidence has a code or details' }],
  Observation: [
    {
      key: 'obs-6',
      holds: (node) => !has(node, 'dataAbsentReason') || !hasChoice(node, 'value'),
      text: 'a value and a reason for its absence exclude each other',
    },
    { key: 'obs-7', holds: repeatsNoCode, text: 'a component does not repeat the code of an observation with a value' },
  ],
  'Observation.referenceRange': [
    { key: 'obs-3', holds: (node) => has(node, 'low', 'high', 'text'), text: 'a reference range has low, high or text' },
  ],
  'Immunization.education': [
    {
      key: 'imm-1',
      holds: (node) => has(node, 'documentType', 'reference'),
      text: 'education has a documentType or a reference',
    },
  ],
  AllergyIntolerance: [
    {
      key: 'ait-1',
      holds: (node) =>
        has(node, 'clinicalStatus') || isCoded(node['verificationStatus'], ALLERGY_VERIFICATION, 'entered-in-error'),
      text: 'clinicalStatus is there unless entered in error',
    },
    {
      key: 'ait-2',
      holds: (node) =>
        !has(node, 'clinicalStatus') || !isCoded(node['verificationStatus'], ALLERGY_VERIFICATION, 'entered-in-error'),
      text: 'what was entered in error has no clinicalStatus',
    },
  ],
  'AuditEvent.entity': [
    { key: 'sev-1', holds: (node) => !has(node, 'name') || !has(node, 'query'), text: 'name and query exclude each other' },
  ],
  Organization: [
    { key: 'org-1', holds: (node) => has(node, 'identifier', 'name'), text: 'an organization has an identifier or a name' },
    {
      key: 'org-2',
      holds: (node) => !listOf(node['address']).some(({ use }) => use === 'home'),
      text: 'an address of an organization is not a home',
    },
    {
      key: 'org-3',
      holds: (node) => !listOf(node['telecom']).some(({ use }) => use === 'home'),
      text: 'a telecom of an organization is not a home',
    },
  ],
  Bundle: [
    {
      key: 'bdl-1',
      holds: (node) => !has(node, 'total') || node['type'] === 'searchset' || node['type'] === 'history',
      text: 'only a search or history has a total',
    },
    {
      key: 'bdl-2',
      holds: (node) => node['type'] === 'searchset' || !listOf(node['entry']).some((entry) => has(entry, 'search')),
      text: 'entry.search stands only in a search',
    },
    {
      key: 'bdl-3',
      holds: (node) => listOf(node['entry']).every((entry) => has(entry, 'request') === TRANSACTIONS.includes(node['type'])),
      text: 'entry.request stands in each entry of a batch, transaction or history, and nowhere else',
    },
    {
      key: 'bdl-4',
      holds: (node) => listOf(node['entry']).every((entry) => has(entry, 'response') === RESPONSES.includes(node['type'])),
      text: 'entry.response stands in each entry of a response or history, and nowhere else',
    },
    { key: 'bdl-7', holds: fullUrlsDiffer, text: 'a fullUrl stands once, or with different versions' },
    {
      key: 'bdl-9',
      holds: (node) =>
        node['type'] !== 'document' || (has(nodeOf(node['identifier']), 'system') && has(nodeOf(node['identifier']), 'value')),
      text: 'a document has an identifier with a system and a value',
    },
    { key: 'bdl-10', holds: (node) => node['type'] !== 'document' || has(node, 'timestamp'), text: 'a document has a timestamp' },
    {
      key: 'bdl-11',
      holds: (node) => node['type'] !== 'document' || firstType(node) === 'Composition',
      text: 'a document begins with a Composition',
    },
    {
      key: 'bdl-12',
      holds: (node) => node['type'] !== 'message' || firstType(node) === 'MessageHeader',
      text: 'a message begins with a MessageHeader',
    },
  ],
  'Bundle.entry': [
    {
      key: 'bdl-5',
      holds: (node) => has(node, 'resource', 'request', 'response'),
      text: 'an entry has a resource, a request or a response',
    },
    {
      key: 'bdl-8',
      holds: ({ fullUrl }) => typeof fullUrl !== 'string' || !fullUrl.includes('/_history/'),
      text: 'a fullUrl names no version',
    },
    { key: 'fullUrl', holds: agreesWithId, text: 'a RESTful fullUrl ends with the type and id of the resource' },
  ],
};
