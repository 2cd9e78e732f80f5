import { describe, expect, test } from '@jest/globals';
import type {
  Condition,
  Coverage,
  DiagnosticReport,
  Encounter,
  MedicationRequest,
  Observation,
  Patient,
  Procedure,
  RelatedPerson,
} from 'fhir/r4.js';
import { stringifyJson } from '../../../../src/fhir/decimal.js';
import { SYSTEMS, recordNumberSystem } from '../../../../src/fhir/systems.js';
import { parseFile, resourceOf, resourcesOf, sampleFile, traceOf } from '../../../support/bhyt-samples.js';
import type { SAMPLES } from '../../../support/bhyt-samples.js';

function only(sample: keyof typeof SAMPLES) {
  const [visit, ...others] = parseFile(sampleFile(sample));
  if (visit === undefined || others.length > 0) throw new Error('one visit');
  return visit;
}
const typesOf = (sample: keyof typeof SAMPLES): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { resource } of resourcesOf(only(sample))) counts[resource.resourceType] = (counts[resource.resourceType] ?? 0) + 1;
  return counts;
};

describe('sample 1: hypertension at a commune station', () => {
  const visit = only('hypertension');

  test('is accepted; only the table that is not shown is mentioned', () => {
    expect(visit).toMatchObject({
      key: '56901|56901.2603.000117',
      sender: '56901',
      kind: 'visit',
      issueTime: '20260316',
      withdrawal: false,
      refused: false,
      eventDate: '2026-03-16T07:35:00+07:00',
    });
    expect(visit.problems.map(({ severity, message }) => [severity, message])).toEqual([
      ['information', 'Hồ sơ thứ 1, XML14: đã lưu, chưa hiển thị'],
    ]);
    expect(visit.subjects.map(({ slot }) => slot)).toEqual(['patient']);
  });

  test('identity is the demographics as sent', () => {
    expect(visit.subjects[0]?.identity).toEqual({
      source: '56901',
      sourceType: 'visit',
      sourcePatientId: 'TYT0000117',
      name: 'Nguyễn Thị Thử Nghiệm',
      sex: 'female',
      birthDate: '1958-03-12',
      nationalId: '056158000117',
      insuranceCards: ['HT3565690000117'],
      phone: '0900000117',
      address: 'Thôn Mẫu 1, xã Diên Khánh, tỉnh Khánh Hòa',
      communeCode: '22651',
      provinceCode: '56',
    });
  });

  test('Patient: called name last, each number in its own system', () => {
    const patient = resourceOf<Patient>(visit, 'patient');
    expect(patient.name).toEqual([{ text: 'Nguyễn Thị Thử Nghiệm', family: 'Nguyễn', given: ['Thị', 'Thử', 'Nghiệm'] }]);
    expect(patient.identifier).toEqual([
      { system: SYSTEMS.nationalId, value: '056158000117' },
      { system: SYSTEMS.insuranceCard, value: 'HT3565690000117' },
      { system: recordNumberSystem('56901'), value: 'TYT0000117' },
    ]);
    expect(patient._birthDate).toBeUndefined();
  });

  test('Encounter', () => {
    const encounter = resourceOf<Encounter>(visit, 'encounter');
    expect(encounter).toMatchObject({
      status: 'finished',
      class: { code: 'AMB' },
      period: { start: '2026-03-16T07:35:00+07:00', end: '2026-03-16T10:20:00+07:00' },
      reasonCode: [{ text: 'Khám định kỳ tăng huyết áp, nhức đầu nhẹ' }],
      serviceProvider: { identifier: { system: SYSTEMS.facility, value: '56901' } },
      hospitalization: { dischargeDisposition: { text: 'Ra viện' } },
    });
    expect(encounter.identifier).toEqual([
      {
        system: SYSTEMS.visit,
        value: '56901.2603.000117',
        assigner: { identifier: { system: SYSTEMS.facility, value: '56901' } },
      },
    ]);
  });

  test('diagnoses: text with the main one only, no clinical status', () => {
    const main = resourceOf<Condition>(visit, 'cond-main');
    expect(main.code?.coding).toEqual([{ system: SYSTEMS.icd10, code: 'I10' }]);
    expect(main.code?.text).toMatch(/^Tăng huyết áp vô căn/);
    expect(main.clinicalStatus).toBeUndefined();
    const secondary = resourceOf<Condition>(visit, 'cond-s1');
    expect(secondary.code).toEqual({ coding: [{ system: SYSTEMS.icd10, code: 'E78.4' }] });
    expect(secondary.category?.[1]?.coding).toEqual([{ system: SYSTEMS.conditionRole, code: 'secondary' }]);
  });

  test('weight keeps its digits, blood group belongs to the person', () => {
    expect(stringifyJson(resourceOf<Observation>(visit, 'weight').valueQuantity)).toContain('"value":58.50');
    const group = resourceOf<Observation>(visit, 'blood-group');
    expect(group).toMatchObject({ code: { coding: [{ code: '882-1' }] }, valueCodeableConcept: { text: 'O+' } });
    expect(group.encounter).toBeUndefined();
  });

  test('drugs with dose as sent', () => {
    const drug = resourceOf<MedicationRequest>(visit, 'x2-1');
    expect(drug).toMatchObject({
      status: 'completed',
      intent: 'order',
      medicationCodeableConcept: { coding: [{ system: SYSTEMS.localDrug, code: '40.491' }], text: 'Amlodipin 5mg' },
      dosageInstruction: [{ text: '1 viên/lần * 1 lần/ngày * 28 ngày [1 viên/ngày]; Uống buổi sáng' }],
      dispenseRequest: { quantity: { value: 28, unit: 'Viên' } },
      authoredOn: '2026-03-16T09:45:00+07:00',
      requester: { identifier: { system: SYSTEMS.practitionerLicence, value: '009101/KH-CCHN' } },
    });
  });

  test('an ECG without GIA_TRI is a report with words and no observation', () => {
    const report = resourceOf<DiagnosticReport>(visit, 'x4r-4');
    expect(report.code.text).toBe('Điện tim thường');
    expect(report.result).toBeUndefined();
    expect(report.conclusion).toBe('Nhịp xoang đều, tần số 72 lần/phút, trục trung gian\nĐiện tim trong giới hạn bình thường');
  });

  test('vital signs inside DIEN_BIEN_LS', () => {
    const pressure = resourceOf<Observation>(visit, 'x5-1-ha');
    expect(pressure.code.coding?.[0]?.code).toBe('85354-9');
    expect(pressure.component?.map(({ code, valueQuantity }) => [code.coding?.[0]?.code, valueQuantity?.code])).toEqual([
      ['8480-6', 'mm[Hg]'],
      ['8462-4', 'mm[Hg]'],
    ]);
    expect(resourceOf<Observation>(visit, 'x5-1').valueString).not.toContain('CSST');
  });

  test('every shown value leads to its field as sent', () => {
    expect(traceOf(visit, 'weight', 'valueQuantity')).toEqual([
      { path: 'valueQuantity', table: 'XML1', row: 1, field: 'CAN_NANG', sent: '58.50' },
    ]);
    expect(traceOf(visit, 'x2-2', 'dosageInstruction').map(({ row, field }) => [row, field])).toEqual([
      [2, 'LIEU_DUNG'],
      [2, 'CACH_DUNG'],
    ]);
    for (const { resource, trace } of resourcesOf(visit)) {
      expect([resource.id, trace.length > 0]).toEqual([resource.id, true]);
    }
  });
});

describe('sample 2: a delivery', () => {
  const visit = only('delivery');

  test('mother and child are two subjects', () => {
    expect(visit.refused).toBe(false);
    expect(visit.subjects.map(({ slot }) => slot)).toEqual(['patient', 'newborn-1']);
    expect(visit.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('two cards, each with its period', () => {
    expect(resourceOf<Coverage>(visit, 'cov-1')).toMatchObject({
      identifier: [{ value: 'GD4565690000441' }],
      period: { start: '2024-05-12', end: '2025-05-11' },
    });
    expect(resourceOf<Coverage>(visit, 'cov-2')).toMatchObject({
      identifier: [{ value: 'DN4565690000441' }],
      period: { start: '2025-05-12', end: '2026-05-11' },
    });
  });

  test('supplies and beds are no procedures; two people in NGUOI_THUC_HIEN are two performers', () => {
    const procedures = resourcesOf(visit).flatMap(({ resource }) => (resource.resourceType === 'Procedure' ? [resource] : []));
    expect(procedures.map(({ id }) => id)).toEqual(['x3-1', 'x3-2', 'x3-3', 'x3-4', 'x3-5']);
    expect(resourceOf<Procedure>(visit, 'x3-5').performer).toHaveLength(2);
    expect(resourceOf<Encounter>(visit, 'encounter').class.code).toBe('IMP');
  });

  test('one blood count is one report with three results', () => {
    expect(resourceOf<DiagnosticReport>(visit, 'x4r-1').result).toEqual([
      { reference: 'Observation/x4-1' },
      { reference: 'Observation/x4-2' },
      { reference: 'Observation/x4-3' },
    ]);
    expect(resourceOf<Observation>(visit, 'x4-1').valueQuantity).toEqual({
      value: 11.2,
      unit: 'G/L',
      system: SYSTEMS.ucum,
      code: '10*9/L',
    });
  });

  test('the child: own identity with the features of the mother', () => {
    const child = visit.subjects[1];
    expect(child?.identity).toMatchObject({
      name: 'Phạm Thị Bé Mẫu',
      sex: 'female',
      birthDate: '2025-05-10',
      insuranceCards: ['TE1569900000441'],
      motherName: 'Trần Thị Giả Định',
      motherNationalId: '056196000441',
      motherPhone: '0900000441',
    });
    expect(child?.identity.sourcePatientId).toBeUndefined();
    expect(child?.identity.nationalId).toBeUndefined();
    expect(child?.patient.resource._birthDate?.extension?.[0]?.valueDateTime).toBe('2025-05-10T14:45:00+07:00');
  });

  test('the child reaches the mother through a RelatedPerson with her numbers', () => {
    const mother = resourceOf<RelatedPerson>(visit, 'mother-1');
    expect(mother.patient).toEqual({ reference: 'Patient/newborn-1' });
    expect(mother.relationship?.[0]?.coding?.[0]?.code).toBe('MTH');
    const own = resourceOf<Patient>(visit, 'patient').identifier;
    expect(mother.identifier).toContainEqual({ system: SYSTEMS.nationalId, value: '056196000441' });
    expect(own).toContainEqual({ system: SYSTEMS.nationalId, value: '056196000441' });
    expect(resourceOf<Observation>(visit, 'birth-weight-1')).toMatchObject({
      subject: { reference: 'Patient/newborn-1' },
      valueQuantity: { value: 3150, code: 'g' },
    });
  });
});

describe('sample 3: diabetes, referred', () => {
  const visit = only('diabetes');

  test('a birth year stays a year', () => {
    expect(visit.subjects[0]?.identity.birthDate).toBe('1967');
    expect(resourceOf<Patient>(visit, 'patient').birthDate).toBe('1967');
  });

  test('the referral', () => {
    expect(resourceOf<Encounter>(visit, 'encounter').hospitalization).toEqual({
      destination: { identifier: { system: SYSTEMS.facility, value: '56904' } },
      dischargeDisposition: { text: 'Chuyển tuyến theo yêu cầu chuyên môn' },
    });
  });

  test('results that are words stay words', () => {
    expect(resourceOf<Observation>(visit, 'x4-4').valueString).toBe('++');
    expect(resourceOf<Observation>(visit, 'x4-5').valueString).toBe('< 10 /µL');
    expect(traceOf(visit, 'x4-5', 'valueString').map(({ sent }) => sent)).toEqual(['< 10', '/µL']);
    expect(resourceOf<Observation>(visit, 'x4-3').valueQuantity).toMatchObject({ value: 168, unit: 'µmol/L', code: 'umol/L' });
  });
});

describe('every sample', () => {
  test.each(['hypertension', 'delivery', 'diabetes'] as const)(
    '%s: local ids are distinct and references stay inside',
    (sample) => {
      const visit = only(sample);
      const all = visit.subjects.flatMap(({ patient, resources }) => [patient, ...resources]);
      const ids = all.map(({ resource }) => `${resource.resourceType}/${resource.id ?? ''}`);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { resource } of all) expect(resource.id).toMatch(/^[a-z0-9-]{1,24}$/);
      const references = [...JSON.stringify(all.map(({ resource }) => resource)).matchAll(/"reference":"([^"]+)"/g)];
      expect(references.map(([, reference]) => reference).filter((reference) => !ids.includes(reference ?? ''))).toEqual([]);
      expect(typesOf(sample)).toMatchObject({ Encounter: 1 });
    },
  );
});
