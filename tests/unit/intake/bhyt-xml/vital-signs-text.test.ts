import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Observation } from 'fhir/r4.js';
import { numberOf } from '../../../../src/fhir/decimal.js';
import { MAX_BLOCKS_PER_TEXT, VITAL_SIGN_BOUNDS, readVitalSigns } from '../../../../src/intake/bhyt-xml/vital-signs-text.js';
import type { VitalSigns } from '../../../../src/intake/bhyt-xml/vital-signs-text.js';
import { parseFile, resourcesOf } from '../../../support/bhyt-samples.js';
import { courseRow, escapeXml, printEnvelope, printFile, printTable, summaryRow } from '../../../support/bhyt-printer.js';

/**
 * The rule (bhyt-xml.md §5): CSST<M_T_HA_NT_SP_HL>, parts separated by `_`; a part is a key and its value at once. Written here from
 * that sentence, not from any sample.
 */
interface Measured {
  readonly M?: number;
  readonly T?: { readonly whole: number; readonly tenth?: number };
  readonly HA?: readonly [high: number, low: number];
  readonly NT?: number;
  readonly SP?: number;
  readonly HL?: number;
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

const measured: fc.Arbitrary<Measured> = fc
  .record({
    M: maybe(fc.integer({ min: 20, max: 300 })),
    T: maybe(fc.record({ whole: fc.integer({ min: 25, max: 44 }), tenth: maybe(fc.integer({ min: 0, max: 9 })) })),
    HA: maybe(fc.tuple(fc.integer({ min: 21, max: 320 }), fc.integer({ min: 20, max: 319 })).filter(([high, low]) => high > low)),
    NT: maybe(fc.integer({ min: 4, max: 120 })),
    SP: maybe(fc.integer({ min: 30, max: 100 })),
    HL: maybe(fc.integer({ min: 1, max: 3 })),
  })
  .map((values) => JSON.parse(JSON.stringify(values)) as Measured);

const style = fc.record({
  order: fc.array(fc.integer(), { minLength: 6, maxLength: 6 }),
  comma: fc.boolean(),
  lower: fc.boolean(),
  blank: fc.constantFrom('', ' ', '  '),
  emptyKeys: fc.boolean(),
  trailing: fc.boolean(),
});
type Style = typeof style extends fc.Arbitrary<infer S> ? S : never;

function print(values: Measured, { order, comma, lower, blank, emptyKeys, trailing }: Style): string {
  const text: Record<string, string> = {};
  if (values.M !== undefined) text.M = String(values.M);
  if (values.T !== undefined) {
    text.T = String(values.T.whole) + (values.T.tenth === undefined ? '' : `${comma ? ',' : '.'}${values.T.tenth}`);
  }
  if (values.HA !== undefined) text.HA = values.HA.join(`${blank}/${blank}`);
  if (values.NT !== undefined) text.NT = String(values.NT);
  if (values.SP !== undefined) text.SP = String(values.SP);
  if (values.HL !== undefined) text.HL = String(values.HL);
  const keys = ['M', 'T', 'HA', 'NT', 'SP', 'HL'].filter((key) => key in text || emptyKeys);
  const sorted = keys
    .map((key, index) => ({ key, weight: order[index] ?? 0 }))
    .sort((a, b) => a.weight - b.weight)
    .map(({ key }) => `${blank}${key}${blank}${text[key] ?? ''}${blank}`);
  const block = `CSST${blank}<${sorted.join('_')}${trailing ? '_' : ''}>`;
  return lower ? block.toLowerCase() : block;
}

function expected(values: Measured): VitalSigns {
  const { M, T, HA, NT, SP, HL } = values;
  return {
    ...(M === undefined ? {} : { pulse: String(M) }),
    ...(T === undefined ? {} : { temperature: T.tenth === undefined ? String(T.whole) : `${T.whole}.${T.tenth}` }),
    ...(HA === undefined ? {} : { systolic: String(HA[0]), diastolic: String(HA[1]) }),
    ...(NT === undefined ? {} : { breathing: String(NT) }),
    ...(SP === undefined ? {} : { oxygen: String(SP) }),
    ...(HL === undefined ? {} : { nursingLevel: String(HL) }),
  };
}

/** Words of a note: no `<`, `>`, `&`, so that the block is the only thing that looks like one. */
const words = fc.stringMatching(/^[A-Za-zđễạ0-9 ,.;:%/-]{0,30}$/).filter((text) => !/csst/i.test(text));

describe('CSST<…>, by its rule', () => {
  test('any keys, in any order, any of them absent, with blanks, in capitals or not, point or comma', () => {
    fc.assert(
      fc.property(measured, style, words, words, (values, printed, before, after) => {
        const read = readVitalSigns(`${before} ${print(values, printed)} ${after}`);
        const wanted = expected(values);
        expect(read.blocks).toEqual(Object.keys(wanted).length === 0 ? [] : [wanted]);
        expect(read.unread).toBe(false);
        expect(read.decimalComma).toBe(printed.comma && values.T?.tenth !== undefined);
        expect(read.rest).not.toMatch(/csst|[<>]/i);
        for (const text of [before.trim(), after.trim()]) expect(read.rest).toContain(text);
      }),
      { numRuns: 300 },
    );
  });

  test('several blocks in one text', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(measured, style), { maxLength: 4 }), (blocks) => {
        const filled = blocks.filter(([values]) => Object.keys(values).length > 0);
        const text = filled.map(([values, printed]) => print(values, printed)).join(' rồi ');
        expect(readVitalSigns(text).blocks).toEqual(filled.map(([values]) => expected(values)));
      }),
      { numRuns: 100 },
    );
  });

  test.each(['escaped', 'cdata', 'escaped twice', 'broken'] as const)('through a whole file, %s', (escaping) => {
    fc.assert(
      fc.property(measured, style, (values, printed) => {
        const text = `Tỉnh. ${print(values, printed)}`;
        const table = printTable({ type: 'XML5', rows: [courseRow({ DIEN_BIEN_LS: '@@' })] });
        const content = {
          escaped: escapeXml(text),
          cdata: `<![CDATA[${text}]]>`,
          'escaped twice': escapeXml(escapeXml(text)),
          broken: text,
        }[escaping];
        const inner = table.replace('@@', () => content);
        const files = printFile({ type: 'XML1', rows: [summaryRow()] }) + printFile({ type: 'XML5', rows: [] }, {}, inner);
        const [visit] = parseFile(printEnvelope([`<HOSO>${files}</HOSO>`]));
        expect(visit?.refused).toBe(false);
        const signs = new Map<string, number>();
        for (const { resource } of visit === undefined ? [] : resourcesOf(visit)) {
          if (resource.resourceType !== 'Observation' || resource.id?.startsWith('x5-1') !== true) continue;
          const parts = resource.component === undefined ? [resource] : resource.component;
          for (const part of parts as Pick<Observation, 'code' | 'valueQuantity'>[]) {
            const code = part.code.coding?.[0]?.code;
            if (code !== undefined && part.valueQuantity?.value !== undefined)
              signs.set(code, numberOf(part.valueQuantity.value));
          }
        }
        const wanted = new Map<string, number>();
        if (values.M !== undefined) wanted.set('8867-4', values.M);
        if (values.T !== undefined) wanted.set('8310-5', values.T.whole + (values.T.tenth ?? 0) / 10);
        if (values.NT !== undefined) wanted.set('9279-1', values.NT);
        if (values.SP !== undefined) wanted.set('2708-6', values.SP);
        if (values.HA !== undefined) wanted.set('8480-6', values.HA[0]).set('8462-4', values.HA[1]);
        const rounded = (map: Map<string, number>) => [...map].map(([code, value]) => `${code} ${value.toFixed(1)}`).sort();
        expect(rounded(signs)).toEqual(rounded(wanted));
      }),
      { numRuns: 100 },
    );
  });
});

describe('what is not understood', () => {
  test.each([
    'CSST<M75_XX9>',
    'CSST<M7x>',
    'CSST<HA120>',
    'CSST<HA120/70/60>',
    'CSST<HA70/120>',
    'CSST<M75_M80>',
    'CSST<T370>',
    'CSST<M0>',
    'CSST<NT-18>',
  ])('%s stays in the text and is reported', (text) => {
    const read = readVitalSigns(`Tỉnh ${text}`);
    expect(read.unread).toBe(true);
    expect(read.rest).toBe(`Tỉnh ${text}`);
  });

  test('the signs next to it are read', () => {
    expect(readVitalSigns('CSST<M75_T370_SP98>').blocks).toEqual([{ pulse: '75', oxygen: '98' }]);
  });

  test('text without a block, or with angle brackets of its own', () => {
    for (const text of ['CSST M75', 'SpO2 < 95, HA > 90', 'CSST<']) {
      expect(readVitalSigns(text)).toEqual({ blocks: [], sent: [], rest: text, unread: false, decimalComma: false });
    }
  });

  test('bounds, each on both sides', () => {
    const keys = { pulse: 'M', temperature: 'T', breathing: 'NT', oxygen: 'SP' } as const;
    for (const [name, key] of Object.entries(keys)) {
      const [min, max] = VITAL_SIGN_BOUNDS[name as keyof typeof keys];
      for (const value of [min, max]) expect(readVitalSigns(`CSST<${key}${value}>`).blocks).toHaveLength(1);
      for (const value of [min - 1, max + 1]) expect(readVitalSigns(`CSST<${key}${value}>`).blocks).toHaveLength(0);
    }
    const [low, high] = VITAL_SIGN_BOUNDS.pressure;
    expect(readVitalSigns(`CSST<HA${high}/${low}>`).blocks).toHaveLength(1);
    expect(readVitalSigns(`CSST<HA${high + 1}/${low}>`).blocks).toHaveLength(0);
    expect(readVitalSigns(`CSST<HA${high}/${low - 1}>`).blocks).toHaveLength(0);
    const many = readVitalSigns('CSST<M75> '.repeat(MAX_BLOCKS_PER_TEXT + 1));
    expect([many.blocks.length, many.unread, many.rest]).toEqual([MAX_BLOCKS_PER_TEXT, true, 'CSST<M75>']);
  });
});
