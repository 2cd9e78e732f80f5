import type { Address, Coverage, Extension, Identifier, Patient } from 'fhir/r4.js';
import { EXTENSIONS, SYSTEMS, recordNumberSystem } from '../../fhir/systems.js';
import type { FieldTrace, IdentityInput, SourceResource } from '../parsed-visit.js';
import type { TableRow } from './table-rows.js';
import { daysBetween, parseBirth, parseTime, splitValues, dayOf } from './values.js';
import type { SentBirth } from './values.js';
import {
  PATIENT,
  PATIENT_SLOT,
  elementOf,
  extensionOf,
  facilityReference,
  humanName,
  identifierOf,
  optional,
  source,
} from './visit-facts.js';
import type { VisitFacts } from './visit-facts.js';

/** Days of life in which a birth date carries its time of day (bhyt-xml.md §5). */
export const NEWBORN_DAYS = 28;

export type Sex = NonNullable<IdentityInput['sex']>;

/** GIOI_TINH: 1, 2, 3; a lost or added zero and the words of the card look-up are understood. undefined = not usable. */
export function readSex(sent: string | undefined): Sex | undefined {
  const value = sent?.toLowerCase().replace(/^0/, '');
  if (value === '1' || value === 'nam') return 'male';
  if (value === '2' || value === 'nữ') return 'female';
  return value === '3' ? 'unknown' : undefined;
}

/** The form of SO_CCCD: bhyt-xml.md §5 "Identity". */
export function identifierForm(value: string): 'national' | 'old' | 'passport' | undefined {
  if (/^\d{12}$/.test(value)) return 'national';
  if (/^\d{9}$/.test(value)) return 'old';
  return /^[A-Z]\d{7}$/i.test(value) ? 'passport' : undefined;
}

const SYSTEM_OF_FORM = { national: SYSTEMS.nationalId, old: SYSTEMS.oldNationalId, passport: SYSTEMS.passport } as const;

/** Identifier of a personal number as sent; undefined when it has no known form. */
export function personalIdentifier(value: string | undefined): Identifier | undefined {
  const form = value === undefined ? undefined : identifierForm(value);
  return form === undefined || value === undefined ? undefined : identifierOf(SYSTEM_OF_FORM[form], value.toUpperCase());
}

/** A card as written: upper case, without blanks. */
export const normalCard = (card: string): string => card.replace(/\s+/g, '').toUpperCase();

/** Commune codes have five digits; a spreadsheet that took the leading zero off leaves four. Old and new lists alike stay text. */
export function communeCode(row: TableRow): string | undefined {
  const sent = row.code('MAXA_CU_TRU');
  return sent !== undefined && /^\d{4}$/.test(sent) ? `0${sent}` : sent;
}

export function addressOf(row: TableRow, textField: string): Address | undefined {
  const text = row.get(textField);
  const province = row.code('MATINH_CU_TRU');
  const commune = communeCode(row);
  const extension: Extension[] = [];
  if (province !== undefined) {
    extension.push(extensionOf(EXTENSIONS.province, { valueCoding: { system: SYSTEMS.province, code: province } }));
  }
  if (commune !== undefined) {
    extension.push(extensionOf(EXTENSIONS.ward, { valueCoding: { system: SYSTEMS.commune, code: commune } }));
  }
  if (text === undefined && extension.length === 0) return undefined;
  return { ...(extension.length === 0 ? {} : { extension }), ...optional('text', text) };
}

/** Name, birth date and sex of XML1: known to be usable, or the visit was refused. */
export interface Essentials {
  readonly name: string;
  readonly birth: SentBirth;
  readonly sex: Sex;
}

export function essentialsOf(row: TableRow): Partial<Essentials> {
  return {
    ...optional('name', row.get('HO_TEN')),
    ...optional('birth', parseBirth(row.get('NGAY_SINH') ?? '')),
    ...optional('sex', readSex(row.get('GIOI_TINH'))),
  };
}

/** The one personal number of XML1; several at once are nobody's (bhyt-xml.md §5: treat as review), reported by `checkIdentifiers`. */
function personalNumber(row: TableRow): string | undefined {
  const numbers = splitValues(row.get('SO_CCCD'));
  return numbers.length === 1 ? numbers[0] : undefined;
}

export function identityOf(facts: VisitFacts, { name, birth, sex }: Essentials): IdentityInput {
  const { summary, facility } = facts;
  const number = personalNumber(summary);
  const passport = number !== undefined && identifierForm(number) === 'passport';
  const cards = splitValues(summary.get('MA_THE_BHYT')).filter((card) => card !== '');
  return {
    source: facility,
    sourceType: 'visit',
    ...optional('sourcePatientId', summary.get('MA_BN')),
    name,
    sex,
    birthDate: birth.fhir,
    ...optional(passport ? 'passport' : 'nationalId', number),
    ...(cards.length === 0 ? {} : { insuranceCards: cards }),
    ...optional('phone', summary.get('DIEN_THOAI')),
    ...optional('address', summary.get('DIA_CHI')),
    ...optional('communeCode', communeCode(summary)),
    ...optional('provinceCode', summary.get('MATINH_CU_TRU')),
    ...optional('deceasedDate', deathDay(summary)),
  };
}

/** Day of death: the end of the stay, when the outcome is "died" (KET_QUA_DTRI 5) and the end is not the sentinel 2359. */
function deathDay(summary: TableRow): string | undefined {
  const end = parseTime(summary.get('NGAY_RA') ?? '');
  if (summary.get('KET_QUA_DTRI') !== '5' || end === undefined || end.order.slice(8, 12) === '2359') return undefined;
  return dayOf(end);
}

/** Warns about numbers that no identifier can be made of. */
export function checkIdentifiers({ summary, problems }: VisitFacts): void {
  const numbers = splitValues(summary.get('SO_CCCD'));
  if (numbers.length > 1) {
    problems.warn('several-numbers', 'có nhiều số định danh; không dùng để nhận diện người bệnh', summary.place('SO_CCCD'));
  } else if (numbers[0] !== undefined && identifierForm(numbers[0]) === undefined) {
    problems.warn('bad-identifier', 'phải gồm 12 số (CCCD), 9 số (CMND) hoặc số hộ chiếu', summary.place('SO_CCCD'));
  }
  for (const card of splitValues(summary.get('MA_THE_BHYT')).map(normalCard)) {
    if (!/^([A-Z]{2}\d{13}|\d{10}|\d{12})$/.test(card)) {
      problems.warn('bad-card', 'mã thẻ phải gồm 15 ký tự (hoặc 10 số BHXH, 12 số CCCD)', summary.place('MA_THE_BHYT'));
    }
  }
  const commune = summary.get('MAXA_CU_TRU');
  if (commune !== undefined && !/^\d{5}$/.test(commune)) {
    const lostZero = communeCode(summary) !== commune;
    problems.warn('bad-code', lostZero ? 'mất số 0 ở đầu; đã bổ sung' : 'phải gồm 5 số', summary.place('MAXA_CU_TRU'));
  }
}

/** Patient as this visit states it. */
export function patientOf(facts: VisitFacts, { name, birth, sex }: Essentials): SourceResource & { readonly resource: Patient } {
  const { summary, facility, start } = facts;
  const number = personalIdentifier(personalNumber(summary));
  const cards = splitValues(summary.get('MA_THE_BHYT'))
    .map(normalCard)
    .filter((card) => card !== '');
  const recordNumber = summary.get('MA_BN');
  const phone = summary.get('DIEN_THOAI');
  const address = addressOf(summary, 'DIA_CHI');
  const identifier: Identifier[] = [
    ...(number === undefined ? [] : [number]),
    ...[...new Set(cards)].map((card) => identifierOf(SYSTEMS.insuranceCard, card)),
    ...(recordNumber === undefined ? [] : [identifierOf(recordNumberSystem(facility), recordNumber)]),
  ];
  const trace: FieldTrace[] = [
    summary.trace('name', 'HO_TEN'),
    summary.trace('birthDate', 'NGAY_SINH'),
    summary.trace('gender', 'GIOI_TINH'),
    ...(deathDay(summary) === undefined ? [] : [summary.trace('deceasedDateTime', 'NGAY_RA')]),
    ...(number === undefined ? [] : [summary.trace('identifier', 'SO_CCCD')]),
    summary.trace('identifier', 'MA_THE_BHYT'),
    summary.trace('identifier', 'MA_BN'),
    summary.trace('telecom', 'DIEN_THOAI'),
    summary.trace('address', 'DIA_CHI'),
    summary.trace('address', 'MATINH_CU_TRU'),
    summary.trace('address', 'MAXA_CU_TRU'),
  ];
  const resource: Patient = {
    resourceType: 'Patient',
    id: PATIENT_SLOT,
    ...(identifier.length === 0 ? {} : { identifier }),
    name: [humanName(name)],
    ...(phone === undefined ? {} : { telecom: [{ system: 'phone', value: phone }] }),
    gender: sex,
    birthDate: birth.fhir,
    ...birthTimeOf(birth, start.order),
    ...optional('deceasedDateTime', deathDay(summary)),
    ...(address === undefined ? {} : { address: [address] }),
  };
  return source(resource, trace);
}

/** Time of day of the birth: newborns only; in other files it is a filler. */
export function birthTimeOf(birth: SentBirth, at: string): Pick<Patient, '_birthDate'> {
  if (birth.time === undefined) return {};
  const age = daysBetween(birth.order, at);
  if (age < 0 || age > NEWBORN_DAYS) return {};
  return { _birthDate: elementOf(extensionOf(EXTENSIONS.birthTime, { valueDateTime: birth.time.fhir })) };
}

/** One Coverage a card: cards, DKBD and periods hold the same number of items in the same order (bhyt-xml.md §5). */
export function coveragesOf(facts: VisitFacts): readonly SourceResource[] {
  const { summary, problems } = facts;
  const cards = splitValues(summary.get('MA_THE_BHYT')).map(normalCard);
  const aligned = (field: string): readonly string[] => {
    const items = splitValues(summary.get(field));
    if (items.length === cards.length || items.length === 0 || cards.length === 0) return items;
    problems.warn('card-count', 'số giá trị khác số thẻ; không ghép vào thẻ', summary.place(field));
    return [];
  };
  const registered = aligned('MA_DKBD');
  const from = aligned('GT_THE_TU');
  const to = aligned('GT_THE_DEN');
  return cards.flatMap((card, index) => {
    if (card === '' || cards.indexOf(card) !== index) return [];
    const start = parseTime(from[index] ?? '');
    let end = parseTime(to[index] ?? '');
    if (start !== undefined && end !== undefined && end.order.slice(0, 8) < start.order.slice(0, 8)) {
      problems.warn('date-order', 'sớm hơn GT_THE_TU', summary.place('GT_THE_DEN'));
      end = undefined;
    }
    const facility = registered[index];
    const resource: Coverage = {
      resourceType: 'Coverage',
      id: `cov-${index + 1}`,
      ...(facility === undefined || facility === ''
        ? {}
        : { extension: [extensionOf(EXTENSIONS.primaryCareFacility, { valueReference: facilityReference(facility) })] }),
      identifier: [identifierOf(SYSTEMS.insuranceCard, card)],
      status: 'active',
      type: { text: 'Bảo hiểm y tế' },
      beneficiary: PATIENT,
      ...(start === undefined && end === undefined
        ? {}
        : { period: { ...optional('start', start && dayOf(start)), ...optional('end', end && dayOf(end)) } }),
      payor: [{ display: 'Bảo hiểm xã hội Việt Nam' }],
    };
    return [
      source(resource, [
        summary.trace('identifier', 'MA_THE_BHYT'),
        facility === undefined ? undefined : summary.trace('extension', 'MA_DKBD'),
        start === undefined ? undefined : summary.trace('period', 'GT_THE_TU'),
        end === undefined ? undefined : summary.trace('period', 'GT_THE_DEN'),
      ]),
    ];
  });
}
