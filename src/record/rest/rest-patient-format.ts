import type { Patient } from 'fhir/r4.js';
import { parseJson, stringifyJson } from '../../fhir/decimal.js';
import type { FieldTrace, IntakeFormat } from '../../intake/parsed-visit.js';
import { identityOfPatient } from '../identity/patient-identity.js';

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
            identity: identityOfPatient(written, { source: REST_SENDER, sourceType: 'rest', sourcePatientId: id }),
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

const traceOf = (content: object): readonly FieldTrace[] =>
  Object.entries(content)
    .filter(([name]) => name !== 'resourceType' && name !== 'meta')
    .map(([field, value]) => ({ path: field, table: 'Patient', row: 1, field, sent: stringifyJson(value) }));
