import { createHash } from 'node:crypto';
import type { Encounter, FhirResource, Identifier, Patient } from 'fhir/r4.js';
import { isPhrError } from '../../errors.js';
import { parseJson, stringifyJson } from '../../fhir/decimal.js';
import { recordNumberSystem, SYSTEMS } from '../../fhir/systems.js';
import { canonicalJson } from '../../record/facts/canonical.js';
import { factKeyOf } from '../../record/facts/fact-keys.js';
import { identityOfPatient } from '../../record/identity/patient-identity.js';
import { ProblemList } from '../bhyt-xml/problems.js';
import { PATIENT_SLOT } from '../bhyt-xml/visit-facts.js';
import type { FieldTrace, FileContext, IntakeFormat, ParsedVisit, SenderContext, SourceResource } from '../parsed-visit.js';
import { cutBundle, isClinical, visitsOf, type BundleVisit, type SealedEntry } from './cut-bundle.js';
import { isMarkedRestricted } from './confidentiality.js';
import { makeLocalizer, type Left } from './localize.js';
import { readBundle } from './read-bundle.js';
import { eventDateOf, issueTimeOf } from './times.js';
import { fieldsOf } from './unchecked.js';

/** Door name on receipts. */
export const FHIR_BUNDLE_DOOR = 'fhir';
/** Findings of the validation told of one entry. */
export const MAX_FINDINGS_PER_ENTRY = 5;
/** Label of what the sender itself marks as restricted (v3-Confidentiality R and V). */
export const SENDER_RESTRICTED = 'restricted/sender-marked';
/** Characters of a business key's own part (Encounter.identifier …): a number, not a text. */
export const MAX_KEY_LENGTH = 128;
/** Characters of a facility code that a Bundle may state. */
export const MAX_FACILITY_CODE_LENGTH = 20;

/** Identifier systems that are about the person, whoever writes them. */
const NUMBER_SYSTEMS: ReadonlySet<string> = new Set([
  SYSTEMS.nationalId,
  SYSTEMS.oldNationalId,
  SYSTEMS.passport,
  SYSTEMS.insuranceCard,
  SYSTEMS.socialInsurance,
]);

/**
 * FHIR R4 Bundles (interfaces.md §3): collection, document, message, transaction. Each Encounter of each Patient is a visit; what a visit states
 * is a source like an insurance visit's, with the business key `fhir|<sender>|<Encounter.identifier, else Bundle.identifier>`. Pure.
 *
 * @param deps.validate      throws PhrError `invalid` with every finding
 * @param deps.restrictionOf label of content that is never shown by default
 */
export function makeFhirBundleFormat(deps: {
  readonly validate: (resource: FhirResource) => void;
  readonly restrictionOf: (resource: FhirResource) => string | undefined;
}): IntakeFormat {
  return {
    door: FHIR_BUNDLE_DOOR,
    check: (file, limits) => void readBundle(file, limits),
    cut: cutBundle,
    readContext,
    parse: (segment, position, context, sender) =>
      parseVisit(parseJson(Buffer.from(segment).toString('utf8')) as BundleVisit, position, context, sender, deps),
  };
}

type Deps = Parameters<typeof makeFhirBundleFormat>[0];

/** The file is one piece: what concerns it as a whole is read out of it again. */
function readContext(skeleton: readonly Uint8Array[]): FileContext {
  const problems = new ProblemList('');
  const bundle = readBundle(skeleton[0] ?? new Uint8Array(), { maxBytes: Number.POSITIVE_INFINITY });
  const taken = new Set(
    visitsOf(bundle).flatMap(({ patient, encounter, entries }) => [patient, encounter, ...entries].map((entry) => entry?.row)),
  );
  if (taken.size === 0) problems.error('no-patient', 'Bundle không có Patient nào, không biết là hồ sơ của ai');
  for (const { row, resource } of bundle.entries) {
    if (resource === undefined) problems.inform('not-shown', 'mục không có resource', { table: 'Bundle', row });
    else if (!taken.has(row)) {
      const place = { table: resource.resourceType, row };
      if (isClinical(resource.resourceType)) {
        problems.error(
          'unknown-subject',
          'đối tượng (subject/patient) không phải một Patient trong Bundle, đã lưu, không đưa vào hồ sơ',
          place,
        );
      } else problems.inform('not-shown', 'đã lưu, chưa hiển thị', place);
    }
  }
  return { issueTime: issueTimeOf(bundle.timestamp), problems: problems.list() };
}

function parseVisit(visit: BundleVisit, position: number, context: FileContext, sender: SenderContext, deps: Deps): ParsedVisit {
  const problems = new ProblemList(`Lượt thứ ${position}`);
  const issueTime = context.issueTime === '' ? issueTimeOf(visit.date) : context.issueTime;
  const base = { kind: 'visit', position, issueTime, withdrawal: false, subjects: [] } as const;
  const [stated, ...others] = visit.facilities;
  const owner = stated ?? sender.facilityCode ?? sender.clientId;
  const key = `fhir|${owner}|${visit.key ?? contentKey(visit)}`;
  const known = { key, sender: owner };
  const refused = (): ParsedVisit => ({ ...base, ...known, problems: problems.list(), refused: true });
  if (others.length > 0 || (stated !== undefined && sender.facilityCode !== undefined && stated !== sender.facilityCode)) {
    problems.error('foreign-facility', 'mã cơ sở không phải của tài khoản gửi, hoặc các mã khác nhau', {
      table: 'Encounter',
      field: 'serviceProvider',
    });
    return refused();
  }
  if (visit.key === undefined) {
    problems.warn('no-identifier', 'Bundle và Encounter không có identifier: bản sửa gửi lại sẽ là một hồ sơ khác', {
      table: 'Bundle',
      field: 'identifier',
    });
  }
  if ((visit.key?.length ?? 0) > MAX_KEY_LENGTH || (stated?.length ?? 0) > MAX_FACILITY_CODE_LENGTH) {
    problems.error('too-long', `identifier quá ${MAX_KEY_LENGTH} hoặc mã cơ sở quá ${MAX_FACILITY_CODE_LENGTH} ký tự`);
    return { ...base, problems: problems.list(), refused: true };
  }
  if (visit.isWithdrawn) return { ...base, ...known, withdrawal: true, problems: problems.list(), refused: false };

  const localize = makeLocalizer(visit);
  const isValid = (resource: FhirResource, entry: SealedEntry, say: 'error' | 'warn' | 'nothing'): boolean => {
    try {
      deps.validate(resource);
      return true;
    } catch (error) {
      if (!isPhrError(error, 'invalid')) throw error;
      if (say === 'nothing') return false;
      for (const { code, expression } of error.issues.slice(0, MAX_FINDINGS_PER_ENTRY)) {
        const place = {
          table: entry.resource.resourceType,
          row: entry.row,
          ...(expression === undefined ? {} : { field: expression }),
        };
        const reason = `không đúng định nghĩa FHIR R4 (${code}), mục không đưa vào hồ sơ`;
        if (say === 'error') problems.error('not-valid', reason, place);
        else problems.warn('not-valid', reason, place);
      }
      return false;
    }
  };

  /** The entry as the record would hold it; undefined, and told, when it is not valid. */
  const checked = (entry: SealedEntry, say: 'error' | 'warn'): { readonly left: Left } | undefined => {
    for (const keepsType of [false, true]) {
      const left = { kept: () => true, keepsType };
      const { resource, outside } = localize(entry, left);
      // What only lacks a reference that was taken away is as valid as it was sent.
      if (!isValid(resource, entry, outside > 0 && !keepsType ? 'nothing' : say)) {
        if (outside > 0 && !keepsType) continue;
        return undefined;
      }
      for (let count = 0; count < outside; count += 1) {
        problems.warn('outside-reference', 'tham chiếu ra ngoài Bundle, không giữ', {
          table: entry.resource.resourceType,
          row: entry.row,
        });
      }
      return { left };
    }
    return undefined;
  };

  const own = checked(visit.patient, 'error');
  if (own === undefined) return refused();
  const sent = localize(visit.patient, { ...own.left, kept: (row) => row === visit.patient.row }).resource as Patient;
  const patient = asPatient(sent, owner, visit.patient, problems);
  const recordNumber = patient.identifier?.find(({ system }) => system === recordNumberSystem(owner))?.value;
  const identity = identityOfPatient(patient, { source: owner, sourceType: 'visit', sourcePatientId: recordNumber });
  if (identity.name === undefined) {
    problems.error('missing-name', 'thiếu họ tên người bệnh', { table: 'Patient', row: visit.patient.row, field: 'name' });
    return refused();
  }
  if (identity.birthDate === undefined) {
    problems.warn('missing-birth-date', 'thiếu ngày sinh', { table: 'Patient', row: visit.patient.row, field: 'birthDate' });
  }

  const entries = [...(visit.encounter === undefined ? [] : [visit.encounter]), ...visit.entries];
  const taken = entries.flatMap((entry) => {
    const found = isShown(entry, problems) ? checked(entry, 'warn') : undefined;
    return found === undefined ? [] : [{ entry, left: found.left }];
  });
  const keptRows = new Set([visit.patient.row, ...taken.map(({ entry }) => entry.row)]);
  // A fact of the person (cover, blood group) gathers many sources: no entry of a visit can point to it.
  const ofThePerson = new Set(
    taken.filter(({ entry }) => factKeyOf(entry.resource).level === 'person').map(({ entry }) => entry.row),
  );
  const resources = taken.map(({ entry, left }): SourceResource => {
    const { resource } = localize(entry, { ...left, kept: (row) => keptRows.has(row) && !ofThePerson.has(row) });
    const isMarked = visit.isMarked === true || isMarkedRestricted(entry.resource);
    const restricted = isMarked ? SENDER_RESTRICTED : deps.restrictionOf(resource);
    return { resource, trace: traceOf(entry, resource), ...(restricted === undefined ? {} : { restricted }) };
  });

  const eventDate = eventDateOf(
    visit.encounter !== undefined && keptRows.has(visit.encounter.row) ? (visit.encounter.resource as Encounter) : undefined,
    resources.map(({ resource }) => resource),
    issueTime,
  );
  return {
    ...base,
    ...known,
    ...(eventDate === undefined ? {} : { eventDate }),
    subjects: [
      {
        slot: PATIENT_SLOT,
        identity,
        patient: { resource: patient, trace: traceOf(visit.patient, patient) },
        resources: withVisitRestriction(resources),
      },
    ],
    problems: problems.list(),
    refused: false,
  };
}

/** A visit with something restricted withholds all of it but what names the event and the cover: texts and drugs elsewhere may tell the same. */
function withVisitRestriction(resources: readonly SourceResource[]): readonly SourceResource[] {
  const label = resources.find(({ restricted }) => restricted !== undefined)?.restricted;
  if (label === undefined) return resources;
  return resources.map((source) =>
    source.restricted !== undefined || ['Encounter', 'Coverage', 'RelatedPerson'].includes(source.resource.resourceType)
      ? source
      : { ...source, restricted: label },
  );
}

/** Does the entry state something that the record shows? What does not is told. */
function isShown({ row, method, resource }: SealedEntry, problems: ProblemList): boolean {
  const place = { table: resource.resourceType, row };
  if (method !== undefined && method !== 'POST' && method !== 'PUT') {
    const known = ['DELETE', 'PATCH', 'GET', 'HEAD'].includes(method) ? `${method} ` : '';
    problems.warn('not-taken', `mục ${known}của transaction không nhận qua cửa này`, place);
    return false;
  }
  if (!isClinical(resource.resourceType)) {
    problems.inform('not-shown', 'đã lưu, chưa hiển thị', place);
    return false;
  }
  if (fieldsOf(resource)['status'] === 'entered-in-error') {
    problems.inform('entered-in-error', 'nhập nhầm, không đưa vào hồ sơ', place);
    return false;
  }
  return true;
}

/** Numbers of the person as they are, record numbers under the sender's own system; an identifier of neither kind stays in the source. */
function asPatient(patient: Patient, owner: string, { row }: SealedEntry, problems: ProblemList): Patient {
  const { identifier: sent, link: _link, ...content } = patient;
  const identifier = (sent ?? []).flatMap((one): Identifier[] => {
    if (one.system !== undefined && NUMBER_SYSTEMS.has(one.system)) return [one];
    const isRecordNumber =
      one.system === recordNumberSystem(owner) ||
      one.type?.coding?.some(({ system, code }) => system === SYSTEMS.v2IdentifierType && code === 'MR') === true;
    if (isRecordNumber && one.value !== undefined) return [{ ...one, system: recordNumberSystem(owner) }];
    problems.inform('identifier-not-taken', 'số định danh của hệ thống không biết, chỉ lưu', {
      table: 'Patient',
      row,
      field: 'identifier',
    });
    return [];
  });
  return { ...content, ...(identifier.length === 0 ? {} : { identifier }) };
}

/** Each element of the entry as sent; a Medication's reference under the code that it became. */
const traceOf = ({ row, resource: sent }: SealedEntry, resource: object): readonly FieldTrace[] =>
  Object.entries(sent)
    .filter(([name]) => !['resourceType', 'id', 'meta'].includes(name))
    .map(([field, value]) => ({
      path: field === 'medicationReference' && 'medicationCodeableConcept' in resource ? 'medicationCodeableConcept' : field,
      table: sent.resourceType,
      row,
      field,
      sent: stringifyJson(value),
    }));

function contentKey({ patient, encounter, entries }: BundleVisit): string {
  const content = [patient, ...(encounter === undefined ? [] : [encounter]), ...entries].map(({ resource }) =>
    canonicalJson(resource),
  );
  return `sha256:${createHash('sha256').update(content.join('\n')).digest('hex').slice(0, 32)}`;
}
