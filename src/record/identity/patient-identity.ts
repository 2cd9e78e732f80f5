import type { Patient } from 'fhir/r4.js';
import { EXTENSIONS, SYSTEMS } from '../../fhir/systems.js';
import type { IdentityInput } from '../../intake/parsed-visit.js';

/** What the identity rules read of a FHIR Patient: numbers by their system, the text of the name, telephone, commune. Nothing is repaired. */
export function identityOfPatient(
  patient: Patient,
  source: Pick<IdentityInput, 'source' | 'sourceType'> & { readonly sourcePatientId?: string | undefined },
): IdentityInput {
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
    source: source.source,
    sourceType: source.sourceType,
    ...(source.sourcePatientId === undefined ? {} : { sourcePatientId: source.sourcePatientId }),
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
