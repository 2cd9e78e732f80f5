import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PhrError } from '../../../../src/errors.js';
import { validateResource } from '../../../../src/fhir/validation/validate.js';
import type { ParsedVisit } from '../../../../src/intake/parsed-visit.js';
import { parseFile, sampleFile } from '../../../support/bhyt-samples.js';
import { birthRow, courseRow, drugRow, printOne, resultRow, serviceRow, summaryRow } from '../../../support/bhyt-printer.js';
import type { PrintedRow } from '../../../support/bhyt-printer.js';

/** Findings of the R4 validator over everything a visit became. */
function findingsOf(visit: ParsedVisit): readonly string[] {
  return visit.subjects
    .flatMap(({ patient, resources }) => [patient, ...resources])
    .flatMap(({ resource }) => {
      try {
        validateResource(resource);
        return [];
      } catch (error) {
        if (!(error instanceof PhrError)) throw error;
        return [`${resource.resourceType}/${resource.id ?? ''}: ${error.issues.map(({ text }) => text).join('; ')}`];
      }
    });
}

test('the validator finds what is wrong', () => {
  const [visit] = parseFile(sampleFile('hypertension'));
  const encounter = visit?.subjects[0]?.resources[0]?.resource as unknown as Record<string, unknown>;
  expect(() => validateResource({ ...encounter, status: 'over' })).toThrow(PhrError);
});

test.each(['hypertension', 'delivery', 'diabetes'] as const)('sample %s: valid R4', (sample) => {
  for (const visit of parseFile(sampleFile(sample))) expect(findingsOf(visit)).toEqual([]);
});

/** What may stand in any field: right values, wrong ones, blanks, markup, several values, very odd ones. */
const anything = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    ';',
    'a  b',
    '0',
    '1',
    '2,5',
    '-1',
    '007',
    '20260316',
    '202603160800',
    '20260316080000',
    '2026-03-16T08:00',
  ),
  fc.constantFrom('constructor', 'toString', '__proto__'),
  fc.constantFrom('<p></p>', '<br/>', 'A+;B+', 'I10', 'e119†', 'B24', '999999999999', 'x\ny', '\u00a0', '1e5', '.5', '2.50'),
  fc.stringMatching(/^[\t\n\u0020-\ud7ff]{0,12}$/),
);
const damaged = (row: PrintedRow, keep: readonly string[]): fc.Arbitrary<PrintedRow> =>
  fc
    .dictionary(
      fc.constantFrom(...Object.keys(row).filter((field) => !keep.includes(field))),
      fc.option(anything, { nil: undefined }),
      {
        maxKeys: 8,
      },
    )
    .map((changes) => ({ ...row, ...changes }));

test('whatever stands in the fields, what comes out is valid R4', () => {
  const tables = fc.record({
    XML1: damaged(summaryRow(), ['MA_LK', 'MA_CSKCB', 'HO_TEN', 'NGAY_SINH', 'GIOI_TINH', 'NGAY_VAO', 'MA_DOITUONG_KCB']),
    XML2: damaged(drugRow(), ['MA_LK']),
    XML3: damaged(serviceRow(), ['MA_LK']),
    XML4: damaged(resultRow(), ['MA_LK']),
    XML5: damaged(courseRow(), ['MA_LK']),
    XML9: damaged(birthRow(), ['MA_LK']),
  });
  fc.assert(
    fc.property(tables, (rows) => {
      const file = printOne(Object.entries(rows).map(([type, row]) => ({ type, rows: [row] })));
      const [visit] = parseFile(file);
      if (visit === undefined) throw new Error('no visit');
      expect(visit.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(findingsOf(visit)).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('names of Object.prototype are text like any other', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    const odd = (row: PrintedRow): PrintedRow => ({
      ...row,
      KET_QUA_DTRI: name,
      MA_LOAI_RV: name,
      MA_LOAI_KCB: name,
      NHOM_MAU: name,
    });
    const tables = [
      { type: 'XML1', rows: [{ ...odd(summaryRow()), ['x' + name]: 'x' }] },
      { type: 'XML3', rows: [serviceRow({ MA_NHOM: name })] },
      { type: 'XML4', rows: [resultRow({ MA_CHI_SO: name, DON_VI_DO: name })] },
    ];
    const [visit] = parseFile(printOne(tables).replaceAll(`x${name}`, name));
    expect(visit?.refused).toBe(false);
    expect(visit === undefined ? [] : findingsOf(visit)).toEqual([]);
    const [element] = parseFile(printOne(tables, { content: 'elements' }).replaceAll(`x${name}`, name));
    expect(element?.refused).toBe(false);
  }
});
