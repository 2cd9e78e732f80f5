import type { Identifier, Patient } from 'fhir/r4.js';
import { EXTENSIONS, SYSTEMS } from '../fhir/systems.js';
import { humanName } from './bhyt-xml/visit-facts.js';
import type { FieldTrace, IdentityInput, VisitSubject } from './parsed-visit.js';

/** One value and the field it was sent in. */
export interface Sent<T extends string = string> {
  readonly value: T;
  readonly trace: Omit<FieldTrace, 'path'>;
}

/** Demographics of a check-up or a sheet row, read but not repaired. */
export interface SentDemographics {
  readonly name: Sent;
  readonly sex: Sent<'male' | 'female'>;
  /** FHIR date. */
  readonly birthDate: Sent;
  /** As typed. */
  readonly nationalId?: Sent | undefined;
  readonly insuranceCard?: Sent | undefined;
  readonly phone?: Sent | undefined;
  readonly address?: Sent | undefined;
  /** 5 digits; another form is no code, and stays out. */
  readonly communeCode?: Sent | undefined;
  readonly provinceCode?: Sent | undefined;
  readonly ethnicity?: Sent | undefined;
  readonly occupation?: Sent | undefined;
}

/**
 * The identity record and the Patient of slot `patient`. An identifier gets the system that its form allows; a number of another form is
 * kept in the identity record as typed, and is no identifier.
 */
export function patientOf(
  sent: SentDemographics,
  source: Pick<IdentityInput, 'source' | 'sourceType'>,
): Pick<VisitSubject, 'slot' | 'identity' | 'patient'> {
  const trace: FieldTrace[] = [];
  const traced = (path: string, value: Sent | undefined): void => {
    if (value !== undefined) trace.push({ path, ...value.trace });
  };
  const identifier: Identifier[] = [];
  const national = identifierOf(sent.nationalId);
  if (national !== undefined) {
    traced('identifier', sent.nationalId);
    identifier.push(national);
  }
  if (sent.insuranceCard !== undefined) {
    traced('identifier', sent.insuranceCard);
    identifier.push(insuranceIdentifier(sent.insuranceCard.value));
  }
  traced('name', sent.name);
  traced('gender', sent.sex);
  traced('birthDate', sent.birthDate);
  traced('telecom', sent.phone);
  const address = addressOf(sent);
  traced('address', sent.address);
  traced('address', sent.provinceCode);
  traced('address', sent.communeCode);
  const extension = [
    ...(sent.ethnicity === undefined ? [] : [{ url: EXTENSIONS.ethnicity, value: sent.ethnicity }]),
    ...(sent.occupation === undefined ? [] : [{ url: EXTENSIONS.occupation, value: sent.occupation }]),
  ];
  for (const { value } of extension) traced('extension', value);

  const resource: Patient = {
    resourceType: 'Patient',
    id: 'patient',
    ...(extension.length === 0
      ? {}
      : { extension: extension.map(({ url, value }) => ({ url, valueCodeableConcept: { text: value.value } })) }),
    ...(identifier.length === 0 ? {} : { identifier }),
    name: [humanName(sent.name.value)],
    ...(sent.phone === undefined ? {} : { telecom: [{ system: 'phone', value: sent.phone.value }] }),
    gender: sent.sex.value,
    birthDate: sent.birthDate.value,
    ...(address === undefined ? {} : { address: [address] }),
  };
  const identity: IdentityInput = {
    ...source,
    name: sent.name.value,
    sex: sent.sex.value,
    birthDate: sent.birthDate.value,
    ...(sent.nationalId === undefined
      ? {}
      : { [isPassport(sent.nationalId.value) ? 'passport' : 'nationalId']: sent.nationalId.value }),
    ...(sent.insuranceCard === undefined ? {} : { insuranceCards: [sent.insuranceCard.value] }),
    ...(sent.phone === undefined ? {} : { phone: sent.phone.value }),
    ...(sent.address === undefined ? {} : { address: sent.address.value }),
    ...(sent.communeCode === undefined ? {} : { communeCode: sent.communeCode.value }),
    ...(sent.provinceCode === undefined ? {} : { provinceCode: sent.provinceCode.value }),
  };
  return { slot: 'patient', identity, patient: { resource, trace } };
}

function addressOf(sent: SentDemographics): NonNullable<Patient['address']>[number] | undefined {
  const extension = [
    ...(sent.provinceCode === undefined
      ? []
      : [{ url: EXTENSIONS.province, valueCoding: { system: SYSTEMS.province, code: sent.provinceCode.value } }]),
    ...(sent.communeCode === undefined
      ? []
      : [{ url: EXTENSIONS.ward, valueCoding: { system: SYSTEMS.commune, code: sent.communeCode.value } }]),
  ];
  if (extension.length === 0 && sent.address === undefined) return undefined;
  return {
    ...(extension.length === 0 ? {} : { extension }),
    ...(sent.address === undefined ? {} : { text: sent.address.value }),
  };
}

/** 12 digits: personal number; 9: the retired card; a letter and seven digits: passport (bhyt-xml.md §5). */
function identifierOf(number: Sent | undefined): Identifier | undefined {
  const value = number?.value.trim().toUpperCase() ?? '';
  if (/^\d{12}$/.test(value)) return { system: SYSTEMS.nationalId, value };
  if (/^\d{9}$/.test(value)) return { system: SYSTEMS.oldNationalId, value };
  return isPassport(value) ? { system: SYSTEMS.passport, value } : undefined;
}

const isPassport = (value: string): boolean => /^[A-Za-z]\d{7}$/.test(value);

/** A number of 10 digits is the social-insurance number, not the card; a card is written in capitals, without blanks. */
function insuranceIdentifier(sent: string): Identifier {
  const value = sent.replace(/\s+/g, '').toUpperCase();
  return { system: /^\d{10}$/.test(value) ? SYSTEMS.socialInsurance : SYSTEMS.insuranceCard, value };
}
