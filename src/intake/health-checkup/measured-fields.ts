import type { Observation } from 'fhir/r4.js';
import { SYSTEMS } from '../../fhir/systems.js';
import { category, loinc, quantity, source } from '../bhyt-xml/visit-facts.js';
import { numberText } from '../number-text.js';
import type { SourceResource } from '../parsed-visit.js';
import type { CheckupFacts } from './checkup-facts.js';
import { sharedObservation } from './checkup-facts.js';
import type { CheckupField } from './checkup-fields.js';
import { traceOf } from './checkup-fields.js';

interface Measure {
  readonly id: string;
  readonly code: string;
  readonly display: string;
  readonly text: string;
  readonly unit: string;
  readonly ucum: string;
  /** Outside of it a typing error is likely: a warning, never a change. */
  readonly plausible: readonly [from: number, to: number];
}

/** Tags that have a LOINC code and a fixed unit. */
const MEASURES: Readonly<Record<string, Measure>> = {
  CHIEU_CAO: {
    id: 'height',
    code: '8302-2',
    display: 'Body height',
    text: 'Chiều cao',
    unit: 'cm',
    ucum: 'cm',
    plausible: [30, 250],
  },
  CAN_NANG: {
    id: 'weight',
    code: '29463-7',
    display: 'Body weight',
    text: 'Cân nặng',
    unit: 'kg',
    ucum: 'kg',
    plausible: [1, 300],
  },
  CHI_SO_BMI: {
    id: 'bmi',
    code: '39156-5',
    display: 'Body mass index (BMI) [Ratio]',
    text: 'Chỉ số khối cơ thể (BMI)',
    unit: 'kg/m2',
    ucum: 'kg/m2',
    plausible: [8, 80],
  },
  MACH: {
    id: 'pulse',
    code: '8867-4',
    display: 'Heart rate',
    text: 'Mạch',
    unit: 'lần/phút',
    ucum: '/min',
    plausible: [30, 220],
  },
  NHIET_DO: {
    id: 'temperature',
    code: '8310-5',
    display: 'Body temperature',
    text: 'Nhiệt độ',
    unit: '°C',
    ucum: 'Cel',
    plausible: [30, 45],
  },
  NHIP_THO: {
    id: 'respiratory-rate',
    code: '9279-1',
    display: 'Respiratory rate',
    text: 'Nhịp thở',
    unit: 'lần/phút',
    ucum: '/min',
    plausible: [5, 80],
  },
};
const SYSTOLIC = { code: '8480-6', display: 'Systolic blood pressure', text: 'Tâm thu', plausible: [60, 280] } as const;
const DIASTOLIC = { code: '8462-4', display: 'Diastolic blood pressure', text: 'Tâm trương', plausible: [30, 160] } as const;

/** Blood groups as written: ABO, perhaps with the Rh sign. */
const BLOOD_GROUP = /^(A|B|O|AB)([+-])?$/;

/**
 * A vital sign, body measure or blood group as a coded Observation.
 *
 * @param count how many fields with the same tag came before: the same measure may stand in two parts
 * @returns undefined when the field is none of these, or its value can't be read as one (then a warning says so)
 */
export function measuredObservation(facts: CheckupFacts, field: CheckupField, count: number): SourceResource | undefined {
  if (field.tag === 'HUYET_AP') return bloodPressure(facts, field, count);
  if (field.tag === 'NHOM_MAU') return bloodGroup(facts, field, count);
  const measure = Object.hasOwn(MEASURES, field.tag) ? MEASURES[field.tag] : undefined;
  if (measure === undefined) return undefined;
  const number = numberText(field.value);
  if (number === undefined) return notRead(facts, field, 'không phải một số (dấu thập phân là dấu chấm)');
  checkPlausible(facts, field, number, measure);
  const resource: Observation = {
    ...sharedObservation(facts),
    id: numbered(measure.id, count),
    category: [category(SYSTEMS.observationCategory, 'vital-signs')],
    code: loinc(measure.code, measure.display, measure.text),
    valueQuantity: quantity(number, measure.unit, measure.ucum),
  };
  return source(resource, [traceOf('valueQuantity', field), traceOf('effectiveDateTime', facts.startField)]);
}

export const numbered = (id: string, count: number): string => (count === 0 ? id : `${id}-${count + 1}`);

/** `128/82`, in mmHg. */
function bloodPressure(facts: CheckupFacts, field: CheckupField, count: number): SourceResource | undefined {
  const match = /^(\d{2,3})\s*\/\s*(\d{2,3})(\s*mmHg)?$/i.exec(field.value);
  const [systolic, diastolic] = [numberText(match?.[1] ?? ''), numberText(match?.[2] ?? '')];
  if (systolic === undefined || diastolic === undefined) return notRead(facts, field, 'phải là tâm thu/tâm trương, ví dụ 120/80');
  checkPlausible(facts, field, systolic, SYSTOLIC);
  checkPlausible(facts, field, diastolic, DIASTOLIC);
  if (Number(systolic) < Number(diastolic)) {
    facts.problems.warn('implausible', 'tâm thu nhỏ hơn tâm trương', placeOf(field));
  }
  const resource: Observation = {
    ...sharedObservation(facts),
    id: numbered('blood-pressure', count),
    category: [category(SYSTEMS.observationCategory, 'vital-signs')],
    code: loinc('85354-9', 'Blood pressure panel with all children optional', 'Huyết áp'),
    component: [
      { code: loinc(SYSTOLIC.code, SYSTOLIC.display, SYSTOLIC.text), valueQuantity: quantity(systolic, 'mmHg', 'mm[Hg]') },
      { code: loinc(DIASTOLIC.code, DIASTOLIC.display, DIASTOLIC.text), valueQuantity: quantity(diastolic, 'mmHg', 'mm[Hg]') },
    ],
  };
  return source(resource, [
    traceOf('component[0].valueQuantity', field),
    traceOf('component[1].valueQuantity', field),
    traceOf('effectiveDateTime', facts.startField),
  ]);
}

/** A trait of the person, so no encounter. With Rh sign 882-1, without 883-9. */
function bloodGroup(facts: CheckupFacts, field: CheckupField, count: number): SourceResource | undefined {
  const group = field.value.replace(/\s+/g, '').toUpperCase();
  const match = BLOOD_GROUP.exec(group);
  if (match === null) return notRead(facts, field, 'không phải nhóm máu A, B, O, AB (có thể kèm + hoặc -)');
  const { encounter: _encounter, ...shared } = sharedObservation(facts);
  const resource: Observation = {
    ...shared,
    id: numbered('blood-group', count),
    category: [category(SYSTEMS.observationCategory, 'laboratory')],
    code:
      match[2] === undefined
        ? loinc('883-9', 'ABO group [Type] in Blood', 'Nhóm máu ABO')
        : loinc('882-1', 'ABO and Rh group [Type] in Blood', 'Nhóm máu ABO, Rh'),
    valueCodeableConcept: { text: group },
  };
  return source(resource, [traceOf('valueCodeableConcept', field), traceOf('effectiveDateTime', facts.startField)]);
}

export const placeOf = ({ part, row, tag }: CheckupField) => ({ table: part, row, field: tag });

function notRead({ problems }: CheckupFacts, field: CheckupField, reason: string): undefined {
  problems.warn('bad-value', `${reason}; được giữ nguyên văn`, placeOf(field));
  return undefined;
}

function checkPlausible(
  { problems }: CheckupFacts,
  field: CheckupField,
  number: string,
  { plausible: [from, to] }: { readonly plausible: readonly [number, number] },
): void {
  if (Number(number) < from || Number(number) > to)
    problems.warn('implausible', `ngoài khoảng thường gặp ${from}–${to}`, placeOf(field));
}
