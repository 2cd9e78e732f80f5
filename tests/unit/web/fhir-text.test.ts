import { describe, expect, test } from '@jest/globals';
import type { Observation, Patient } from 'fhir/r4.js';
import { EXTENSIONS, SYSTEMS } from '../../../src/fhir/systems.js';
import { makeResourceCodec } from '../../../src/fhir/search/codec.js';
import { vi } from '../../../src/web/messages/vi.js';
import {
  conceptText,
  confidenceOf,
  conflictsOf,
  maskedNumber,
  numbersOf,
  patientName,
  quantityText,
  remarksOf,
  valueText,
} from '../../../src/web/words/fhir-text.js';

const page = { t: vi, language: 'vi' } as const;
const observation = (more: object): Observation => ({ resourceType: 'Observation', status: 'final', code: {}, ...more });
const part = (code: string, value: number) => ({
  code: { coding: [{ system: SYSTEMS.loinc, code }] },
  valueQuantity: { value, unit: 'mmHg' },
});

describe('values in words', () => {
  test('a decimal keeps its digits as sent', () => {
    const stored = makeResourceCodec().parse(
      '{"resourceType":"Observation","status":"final","code":{},"valueQuantity":{"value":7.20,"unit":"mmol/L"}}',
    ) as Observation;

    expect(valueText(stored, page)).toBe('7,20 mmol/L');
    expect(valueText(stored, { ...page, language: 'en' })).toBe('7.20 mmol/L');
    expect(quantityText({ value: 5, comparator: '<', unit: 'U/L' }, 'vi')).toBe('<5 U/L');
    expect(quantityText(undefined, 'vi')).toBe('');
  });

  test('blood pressure is one value; half of it stays visible', () => {
    expect(valueText(observation({ component: [part('8480-6', 148), part('8462-4', 88)] }), page)).toBe('148/88 mmHg');
    expect(valueText(observation({ component: [part('8480-6', 148)] }), page)).toBe('148/– mmHg');
  });

  test('what stands beside a value is a remark', () => {
    const glucose = observation({ valueQuantity: { value: 7 }, component: [{ code: {}, valueString: 'lúc đói' }] });

    expect(remarksOf(glucose, page)).toBe('lúc đói');
    expect(remarksOf(observation({ component: [part('8480-6', 148)] }), page)).toBe('');
  });

  test('known LOINC codes have one name, whatever the sender called them', () => {
    const concept = { text: 'M', coding: [{ system: SYSTEMS.loinc, code: '8867-4', display: 'Heart rate' }] };

    expect(conceptText(concept, vi)).toBe('Mạch');
    expect(conceptText(concept)).toBe('M');
    expect(conceptText({ coding: [{ code: 'X1' }] })).toBe('X1');
    expect(conceptText(undefined)).toBe('');
  });
});

describe('a person', () => {
  const patient: Patient = {
    resourceType: 'Patient',
    name: [
      { text: 'Tên cũ', use: 'old' },
      { text: 'Trần Thị Bé', use: 'official' },
    ],
    identifier: [
      { system: 'urn:so-suc-khoe:sid:mrn:56901', value: 'TYT1' },
      { system: SYSTEMS.insuranceCard, value: 'HT356' },
      { system: SYSTEMS.nationalId, value: '056158000117' },
    ],
  };

  test('is called by the official name', () => {
    expect(patientName(patient, vi)).toBe('Trần Thị Bé');
    expect(patientName({ resourceType: 'Patient' }, vi)).toBe(vi.person.noName);
  });

  test("has the nation's numbers first, record numbers last with their facility", () => {
    expect(numbersOf(patient, vi).map(({ label, value }) => `${label} ${value}`)).toEqual([
      'Căn cước (CCCD) 056158000117',
      'Thẻ BHYT HT356',
      'Mã bệnh nhân tại cơ sở 56901 TYT1',
    ]);
    expect(maskedNumber('056158000117')).toBe('••••••••0117');
  });
});

describe('how sure a value is', () => {
  const conflict = (path: string, value: string) => ({
    url: EXTENSIONS.conflict,
    extension: [
      { url: 'path', valueString: path },
      { url: 'value', valueString: value },
      { url: 'member', valueString: 'm' },
    ],
  });

  test('what other sources say is kept by element, each once', () => {
    const resource = observation({
      extension: [
        { url: EXTENSIONS.confidence, valueCode: 'conflicting' },
        conflict('Observation.value', 'A+'),
        conflict('Observation.value', 'O+'),
        conflict('Observation.value', 'A+'),
      ],
    });

    expect(confidenceOf(resource)).toBe('conflicting');
    expect(conflictsOf(resource)).toEqual([{ path: 'Observation.value', values: ['A+', 'O+'] }]);
  });

  test('a disease that was only told is not confirmed; others say nothing', () => {
    const told = { coding: [{ system: SYSTEMS.conditionVerification, code: 'unconfirmed' }] };

    expect(confidenceOf({ resourceType: 'Condition', subject: {}, verificationStatus: told })).toBe('unconfirmed');
    expect(confidenceOf({ resourceType: 'Condition', subject: {} })).toBeUndefined();
    expect(conflictsOf({ resourceType: 'Condition', subject: {} })).toEqual([]);
  });
});
