import { describe, expect, test } from '@jest/globals';
import type { Condition } from 'fhir/r4.js';
import { loadRestrictedCodes } from '../../../../src/fhir/restricted-codes.js';
import { restrictionOf } from '../../../../src/fhir/sensitivity.js';
import { makeBhytXmlFormat } from '../../../../src/intake/bhyt-xml/bhyt-xml-format.js';
import type { ParsedVisit } from '../../../../src/intake/parsed-visit.js';
import { parseFile, resourceOf, sampleFile } from '../../../support/bhyt-samples.js';
import { birthRow, courseRow, drugRow, printOne, resultRow, serviceRow, summaryRow } from '../../../support/bhyt-printer.js';
import type { PrintedRow, PrintedTable } from '../../../support/bhyt-printer.js';
import { projectRoot } from '../../../support/project-root.js';

const catalogue = loadRestrictedCodes(projectRoot);
const format = makeBhytXmlFormat({ restrictionOf: (content) => restrictionOf(content, catalogue) });

function only(summary: PrintedRow, ...others: PrintedTable[]): ParsedVisit {
  const tables: readonly PrintedTable[] = [
    { type: 'XML1', rows: [summaryRow({ NHOM_MAU: 'O+', ...summary })] },
    { type: 'XML2', rows: [drugRow()] },
    { type: 'XML3', rows: [serviceRow()] },
    { type: 'XML4', rows: [resultRow()] },
    { type: 'XML5', rows: [courseRow()] },
  ];
  const [visit] = parseFile(
    printOne([...tables.filter(({ type }) => !others.some((other) => other.type === type)), ...others]),
    format,
  );
  if (visit === undefined || visit.refused) throw new Error('refused');
  return visit;
}
/** Local id → label, of everything in the visit. */
const labelsOf = (visit: ParsedVisit): Record<string, string | undefined> =>
  Object.fromEntries(
    visit.subjects
      .flatMap(({ patient, resources }) => [patient, ...resources])
      .map(({ resource, restricted }) => [resource.id ?? '', restricted]),
  );
const labelled = (visit: ParsedVisit): readonly string[] =>
  Object.entries(labelsOf(visit))
    .filter(([, label]) => label !== undefined)
    .map(([id]) => id)
    .sort();

const TELLING = ['encounter', 'x2-1', 'x3-1', 'x4-1', 'x4r-1', 'x5-1'];
const HARMLESS = ['patient', 'cov-1', 'weight', 'blood-group', 'x5-1-m', 'x5-1-t', 'x5-1-ha', 'x5-1-nt', 'x5-1-sp'];

describe('a visit with a withheld code', () => {
  test.each<readonly [string, PrintedRow, readonly string[]]>([
    ['main', { MA_BENH_CHINH: 'B20' }, ['cond-main']],
    ['secondary', { MA_BENH_KT: 'E78.4;Z21' }, ['cond-s2']],
    ['badly written', { MA_BENH_KT: 'B24 HIV' }, ['cond-s1']],
    ['written without dot and in small letters', { MA_BENH_KT: 'b207' }, ['cond-s1']],
  ])('%s: everything that tells is labelled, the rest is not', (_what, summary, conditions) => {
    const visit = only(summary);
    expect(labelled(visit)).toEqual([...TELLING, ...conditions].sort());
    const labels = labelsOf(visit);
    for (const id of HARMLESS) expect([id, id in labels, labels[id]]).toEqual([id, true, undefined]);
    for (const id of TELLING) expect(labels[id]).toBe('restricted/hiv');
  });

  test('only in XML3: the visit is withheld, its diagnoses are not', () => {
    expect(labelled(only({}, { type: 'XML3', rows: [serviceRow({ MA_BENH: 'I10;B24' })] }))).toEqual([...TELLING].sort());
  });

  test('beyond the twelfth secondary code', () => {
    const codes = [...Array.from({ length: 12 }, (_, index) => `E${10 + index}`), 'B24'].join(';');
    expect(labelled(only({ MA_BENH_KT: codes }))).toEqual([...TELLING].sort());
  });

  test('what is not labelled tells nothing, its traces neither', () => {
    const visit = only({ MA_BENH_KT: 'E78.4;B24', CHAN_DOAN_RV: 'Tăng huyết áp; bệnh do vi rút' });
    expect(resourceOf<Condition>(visit, 'cond-main').code).toEqual({
      coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'I10' }],
    });
    const open = JSON.stringify(
      visit.subjects
        .flatMap(({ patient, resources }) => [patient, ...resources])
        .filter(({ restricted }) => restricted === undefined),
    );
    for (const words of ['bệnh do vi rút', 'B24', 'Nhức đầu', 'Amlodipin', 'Glucose', 'Tỉnh, tiếp xúc']) {
      expect(open.includes(words) ? words : undefined).toBeUndefined();
    }
  });

  test('the state of a newborn is withheld with it, the child itself is not', () => {
    const labels = labelsOf(only({ MA_BENH_KT: 'B24' }, { type: 'XML9', rows: [birthRow()] }));
    expect(labels).toMatchObject({ 'birth-state-1': 'restricted/hiv' });
    expect([labels['newborn-1'], labels['mother-1'], labels['birth-weight-1']]).toEqual([undefined, undefined, undefined]);
  });
});

describe('what says it without a code', () => {
  test('the HIV table, the old visit type, the diagnosis text', () => {
    for (const visit of [
      only({}, { type: 'XML6', rows: [{ MA_LK: 'LK.1' }] }),
      only({ MA_DOITUONG_KCB: '1.9' }),
      only({ CHAN_DOAN_RV: 'Theo dõi nhiễm HIV' }),
    ]) {
      expect(labelsOf(visit)).toMatchObject({ encounter: 'restricted/hiv', 'x2-1': 'restricted/hiv', 'x5-1': 'restricted/hiv' });
    }
  });

  test('a termination of pregnancy in XML7', () => {
    const visit = only({}, { type: 'XML7', rows: [{ MA_LK: 'LK.1', MA_DINH_CHI_THAI: '1' }] });
    expect(labelled(visit)).toEqual([...TELLING].sort());
    expect(labelled(only({}, { type: 'XML7', rows: [{ MA_LK: 'LK.1', MA_DINH_CHI_THAI: '0' }] }))).toEqual([]);
  });

  test('the name of one test labels its report and result only', () => {
    const visit = only(
      {},
      {
        type: 'XML3',
        rows: [serviceRow(), serviceRow({ STT: '2', MA_DICH_VU: '24.0169.1616', TEN_DICH_VU: 'HIV Ab test nhanh' })],
      },
      {
        type: 'XML4',
        rows: [
          resultRow(),
          resultRow({
            STT: '2',
            MA_DICH_VU: '24.0169.1616',
            MA_CHI_SO: 'X',
            TEN_CHI_SO: 'Kết quả',
            GIA_TRI: 'Âm tính',
            DON_VI_DO: '',
          }),
        ],
      },
    );
    expect(labelled(visit)).toEqual(['x3-2', 'x4-2', 'x4r-2']);
  });

  test('a report is as withheld as its results', () => {
    const visit = only({}, { type: 'XML4', rows: [resultRow(), resultRow({ STT: '2', TEN_CHI_SO: 'Anti-HIV' })] });
    expect(labelled(visit)).toEqual(['x4-2', 'x4r-1']);
  });
});

test('the samples have nothing to withhold', () => {
  for (const sample of ['hypertension', 'delivery', 'diabetes'] as const) {
    for (const visit of parseFile(sampleFile(sample), format)) expect(labelled(visit)).toEqual([]);
  }
});

test('a conclusion that says it withholds the results of its report, whatever they are called', () => {
  const visit = only(
    {},
    {
      type: 'XML4',
      rows: [
        resultRow({ TEN_CHI_SO: 'Test nhanh', GIA_TRI: 'Dương tính', KET_LUAN: 'HIV dương tính' }),
        resultRow({ STT: '2', TEN_CHI_SO: 'Kháng thể', GIA_TRI: '12.4' }),
        resultRow({ STT: '3', MA_DICH_VU: '23.0158.1506', TEN_CHI_SO: 'Triglycerid', GIA_TRI: '1.7' }),
      ],
    },
  );

  expect(labelled(visit)).toEqual(['x4-1', 'x4-2', 'x4r-1']);
});
