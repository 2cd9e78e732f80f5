import type { Patient } from 'fhir/r4.js';
import { parseJson, stringifyJson } from '../../fhir/decimal.js';
import { EXTENSIONS, SYSTEMS } from '../../fhir/systems.js';
import type { FieldTrace, IdentityInput, IntakeFormat } from '../../intake/parsed-visit.js';

/** Door name of Patients written through REST: a source of one record, its business key the resource's id. */
export const REST_PATIENT_DOOR = 'fhir-rest/Patient';
/** All of them have this sender in their dossier id, so that an id alone leads to its dossier. */
export const REST_SENDER = 'rest';

/** A Patient as written is its own source (design.md §5): read back from its sealed JSON like any other. Pure. */
export function makeRestPatientFormat(): IntakeFormat {
  return {
    door: REST_PATIENT_DOOR,
    cut: (file) => ({ skeleton: [new Uint8Array(), new Uint8Array()], segments: [file] }),
    readContext: () => ({ issueTime: '', problems: [] }),
    parse(segment, position, context) {
      const written = parseJson(Buffer.from(segment).toString('utf8')) as Patient;
      const id = written.id ?? '';
      const { id: _id, ...content } = written;
      return {
        key: id,
        sender: context.unitCode ?? REST_SENDER,
        kind: 'entry',
        position,
        issueTime: context.issueTime,
        withdrawal: false,
        subjects: [
          {
            slot: 'patient',
            identity: identityOf(written, id),
            patient: { resource: { ...content, id: 'patient' }, trace: traceOf(content) },
            resources: [],
          },
        ],
        problems: [],
        refused: false,
      };
    },
  };
}

/** What the identity rules read of a Patient: numbers by their system, the text of the name, telephone, commune. */
function identityOf(patient: Patient, id: string): IdentityInput {
  const valuesOf = (system: string): readonly string[] =>
    (patient.identifier ?? []).flatMap((identifier) =>
      identifier.system === system && identifier.value ? [identifier.value] : [],
    );
  const [name] = patient.name ?? [];
  const text = name?.text ?? [name?.family, ...(name?.given ?? [])].filter(Boolean).join(' ');
  const nationalId = valuesOf(SYSTEMS.nationalId)[0] ?? valuesOf(SYSTEMS.oldNationalId)[0];
  const passport = valuesOf(SYSTEMS.passport)[0];
  const socialInsuranceNumber = valuesOf(SYSTEMS.socialInsurance)[0];
  const phone = patient.telecom?.find(({ system }) => system === 'phone')?.value;
  const communeCode = patient.address?.flatMap(({ extension }) => extension ?? []).find(({ url }) => url === EXTENSIONS.ward)
    ?.valueCoding?.code;
  return {
    source: REST_SENDER,
    sourceType: 'rest',
    sourcePatientId: id,
    ...(text === '' ? {} : { name: text }),
    ...(patient.gender === undefined ? {} : { sex: patient.gender }),
    ...(patient.birthDate === undefined ? {} : { birthDate: patient.birthDate }),
    ...(nationalId === undefined ? {} : { nationalId }),
    ...(passport === undefined ? {} : { passport }),
    ...(socialInsuranceNumber === undefined ? {} : { socialInsuranceNumber }),
    insuranceCards: valuesOf(SYSTEMS.insuranceCard),
    ...(phone === undefined ? {} : { phone }),
    ...(communeCode === undefined ? {} : { communeCode }),
  };
}

const traceOf = (content: object): readonly FieldTrace[] =>
  Object.entries(content)
    .filter(([name]) => name !== 'resourceType' && name !== 'meta')
    .map(([field, value]) => ({ path: field, table: 'Patient', row: 1, field, sent: stringifyJson(value) }));
