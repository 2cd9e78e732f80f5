import type { Identifier, Observation, Patient, RelatedPerson } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import type { IdentityInput, SourceResource, VisitSubject } from '../parsed-visit.js';
import { addressOf, birthTimeOf, communeCode, normalCard, personalIdentifier, readSex } from './map-patient.js';
import type { Essentials } from './map-patient.js';
import type { TableRow } from './table-rows.js';
import { dayOf, isPlainNumber, parseBirth, parseTime } from './values.js';
import { category, humanName, identifierOf, labelOf, loinc, optional, quantity, source } from './visit-facts.js';
import type { VisitFacts } from './visit-facts.js';

/** Grams between which a birth weight is believed. */
const BIRTH_WEIGHT_GRAMS: readonly [number, number] = [200, 9_000];

/**
 * XML9: each row is a child of its own (merging.md §3.6), never a part of the mother's record. The child's resources hold a RelatedPerson
 * with the mother's identifiers, through which the child is found from her.
 */
export function newbornsOf(facts: VisitFacts, patient: Essentials): readonly VisitSubject[] {
  const rows = facts.tables.get('XML9') ?? [];
  return rows.flatMap((row) => {
    const birth = parseBirth(row.get('NGAY_SINH_CON') ?? '');
    const sex = readSex(row.get('GIOI_TINH_CON'));
    if (birth === undefined || sex === undefined) {
      facts.problems.warn('newborn-unusable', 'thiếu ngày sinh hoặc giới tính của con; không lập hồ sơ cho con', row.place());
      return [];
    }
    return [newborn(facts, patient, row, { birth, sex, twins: rows.length > 1 })];
  });
}

interface Child {
  readonly birth: NonNullable<ReturnType<typeof parseBirth>>;
  readonly sex: Essentials['sex'];
  readonly twins: boolean;
}

function newborn(facts: VisitFacts, patient: Essentials, row: TableRow, { birth, sex, twins }: Child): VisitSubject {
  const slot = `newborn-${row.number}`;
  const motherName = row.get('HO_TEN_NND') ?? patient.name;
  const sent = row.get('HO_TEN_CON');
  // A child written under the mother's name has no name yet (bhyt-xml.md §5); the form `CB <mother>` is known as a placeholder.
  const name = sent === undefined || sameText(sent, motherName) ? `CB ${motherName}` : sent;
  const card = row.get('MA_THE_TAM');
  const address = addressOf(row, 'NOI_CU_TRU_NND');
  const identity: IdentityInput = {
    source: facts.facility,
    sourceType: 'visit',
    name,
    sex,
    birthDate: birth.fhir,
    ...(card === undefined ? {} : { insuranceCards: [card] }),
    ...optional('address', row.get('NOI_CU_TRU_NND')),
    ...optional('communeCode', communeCode(row)),
    ...optional('provinceCode', row.get('MATINH_CU_TRU')),
    motherName,
    ...optional('motherNationalId', row.get('SO_CCCD_NND')),
    ...optional('motherPhone', isMother(facts, patient, row) ? facts.summary.get('DIEN_THOAI') : undefined),
    ...(twins ? { birthOrder: row.number } : {}),
  };
  const resource: Patient = {
    resourceType: 'Patient',
    id: slot,
    ...(card === undefined ? {} : { identifier: [identifierOf(SYSTEMS.insuranceCard, normalCard(card))] }),
    name: [sent === undefined ? { text: name } : humanName(name)],
    gender: sex,
    birthDate: birth.fhir,
    ...birthTimeOf(birth, birth.order),
    ...(address === undefined ? {} : { address: [address] }),
    ...(twins ? { multipleBirthInteger: row.number } : {}),
  };
  return {
    slot,
    identity,
    patient: source(resource, [
      row.trace('name', sent === undefined ? 'HO_TEN_NND' : 'HO_TEN_CON'),
      row.trace('birthDate', 'NGAY_SINH_CON'),
      row.trace('gender', 'GIOI_TINH_CON'),
      row.trace('identifier', 'MA_THE_TAM'),
      row.trace('address', 'NOI_CU_TRU_NND'),
      row.trace('address', 'MATINH_CU_TRU'),
      row.trace('address', 'MAXA_CU_TRU'),
    ]),
    resources: [
      motherOf(row, slot, motherName),
      ...birthWeightOf(facts, row, slot, birth.time?.fhir ?? birth.fhir),
      ...stateOf(facts, row, slot),
    ],
  };
}

const sameText = (a: string, b: string): boolean => {
  const fold = (text: string): string => text.normalize('NFC').replace(/\s+/g, ' ').trim().toLowerCase();
  return fold(a) === fold(b);
};

/** XML1 is about the mother herself: her number, or her name when none was sent. */
function isMother(facts: VisitFacts, patient: Essentials, row: TableRow): boolean {
  const number = row.get('SO_CCCD_NND');
  const own = facts.summary.get('SO_CCCD');
  return number !== undefined && own !== undefined ? number === own : sameText(row.get('HO_TEN_NND') ?? '', patient.name);
}

function motherOf(row: TableRow, slot: string, name: string): SourceResource {
  const personal = personalIdentifier(row.get('SO_CCCD_NND'));
  const card = row.get('MA_THE_NND');
  const insurance = row.get('MA_BHXH_NND');
  const born = parseTime(row.get('NGAYSINH_NND') ?? '');
  const identifier: Identifier[] = [
    ...(personal === undefined ? [] : [personal]),
    ...(card === undefined ? [] : [identifierOf(SYSTEMS.insuranceCard, normalCard(card))]),
    ...(insurance === undefined || /^0*$/.test(insurance) ? [] : [identifierOf(SYSTEMS.socialInsurance, insurance)]),
  ];
  const resource: RelatedPerson = {
    resourceType: 'RelatedPerson',
    id: `mother-${row.number}`,
    ...(identifier.length === 0 ? {} : { identifier }),
    patient: { reference: `Patient/${slot}` },
    relationship: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'MTH', display: 'mother' }], text: 'Mẹ' },
    ],
    name: [humanName(name)],
    gender: 'female',
    ...optional('birthDate', born === undefined ? undefined : dayOf(born)),
  };
  return source(resource, [
    row.trace('name', 'HO_TEN_NND'),
    row.trace('identifier', 'SO_CCCD_NND'),
    row.trace('identifier', 'MA_THE_NND'),
    row.trace('identifier', 'MA_BHXH_NND'),
    born === undefined ? undefined : row.trace('birthDate', 'NGAYSINH_NND'),
  ]);
}

function birthWeightOf(facts: VisitFacts, row: TableRow, slot: string, at: string): readonly SourceResource[] {
  const sent = row.get('CAN_NANG_CON');
  if (sent === undefined || !isPlainNumber(sent)) return []; // reported by the field checks
  const [min, max] = BIRTH_WEIGHT_GRAMS;
  if (Number(sent) < min || Number(sent) > max) {
    facts.problems.warn('implausible', `phải từ ${min} đến ${max} gam; không đưa vào hồ sơ`, row.place('CAN_NANG_CON'));
    return [];
  }
  const resource: Observation = {
    resourceType: 'Observation',
    id: `birth-weight-${row.number}`,
    status: 'final',
    category: [category(SYSTEMS.observationCategory, 'vital-signs')],
    code: loinc('8339-4', 'Birth weight Measured', 'Cân nặng lúc sinh'),
    subject: { reference: `Patient/${slot}` },
    effectiveDateTime: at,
    valueQuantity: quantity(sent, 'g', 'g'),
  };
  return [source(resource, [row.trace('valueQuantity', 'CAN_NANG_CON'), row.trace('effectiveDateTime', 'NGAY_SINH_CON')])];
}

/** TINH_TRANG_CON, in the words of the birth certificate. */
function stateOf(facts: VisitFacts, row: TableRow, slot: string): readonly SourceResource[] {
  const text = row.words('TINH_TRANG_CON');
  if (text === undefined) return [];
  const time = parseTime(row.get('NGAY_SINH_CON') ?? '');
  const resource: Observation = {
    resourceType: 'Observation',
    id: `birth-state-${row.number}`,
    status: 'final',
    category: [category(SYSTEMS.observationCategory, 'exam')],
    code: { coding: [{ system: SYSTEMS.insuranceField, code: 'TINH_TRANG_CON' }], text: 'Tình trạng con lúc sinh' },
    subject: { reference: `Patient/${slot}` },
    ...optional('effectiveDateTime', time?.fhir),
    valueString: text,
  };
  return [source(resource, [row.trace('valueString', 'TINH_TRANG_CON')], labelOf(facts, text))];
}
