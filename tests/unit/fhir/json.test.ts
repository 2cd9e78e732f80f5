import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimal, numberOf, parseJson, stringifyJson } from '../../../src/fhir/decimal.js';
import { MAX_JSON_DEPTH, parseBody } from '../../../src/fhir/json.js';
import { thrownBy } from '../../support/thrown-by.js';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('parseBody', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        fc.pre(!text.includes('__proto__'));
        expect(JSON.parse(stringifyJson(parseBody(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([MAX_JSON_DEPTH, 1])('reads depth %d and refuses one level more', (maxDepth) => {
    expect(parseBody(nested(maxDepth), { maxDepth })).toBeDefined();
    expect(thrownBy(() => parseBody(nested(maxDepth + 1), { maxDepth })).category).toBe('too-costly');
  });

  test('refuses a depth bomb before any recursion, objects too', () => {
    expect(thrownBy(() => parseBody(nested(2_000_000))).category).toBe('too-costly');
    expect(thrownBy(() => parseBody('{"a":'.repeat(100_000))).category).toBe('too-costly');
  });

  test('brackets inside strings are no depth', () => {
    expect(parseBody(`{"a":"${'[{'.repeat(500)}\\"["}`)).toEqual({ a: `${'[{'.repeat(500)}"[` });
  });

  test.each([
    '',
    '{',
    '{"a":1,}',
    "{'a':1}",
    '{"a":01}',
    'undefined',
    '{"a":"\n"}',
    '"unfinished',
    '"unfinished\\"',
    '1.',
    '{"a":1} x',
  ])('refuses %j', (text) => {
    expect(thrownBy(() => parseBody(text)).category).toBe('malformed');
  });

  test.each(['{"a":1,"a":2}', '{"a":{"b":1,"b":1}}', '{"a":1.50,"a":1.50}', '[{"a":1},{"a":1,"\\u0061":2}]'])(
    'refuses a member named twice: %s',
    (text) => {
      expect(thrownBy(() => parseBody(text)).category).toBe('malformed');
    },
  );

  test.each(['{"__proto__":{"x":1}}', '{"a":[{"\\u005f_proto__":1}]}', '{"__proto__":{"x":1.50}}'])(
    'refuses %s and pollutes nothing',
    (text) => {
      expect(thrownBy(() => parseBody(text)).category).toBe('malformed');
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    },
  );

  test('an object that plays a lossless number is written as the object it is', () => {
    const text = '{"isLosslessNumber":true,"value":"1,\\"x\\":2"}';
    expect(stringifyJson(parseBody(text))).toBe(text);
  });
});

describe('decimals', () => {
  test.each(['58.50', '1e3', '-0', '0.0000001', '12345678901234567890', '1.10', '0', '10', '-3.25', '100'])(
    '%s keeps its digits',
    (text) => {
      expect(stringifyJson(parseJson(`{"v":${text},"l":[${text}, ${text}]}`))).toBe(`{"v":${text},"l":[${text},${text}]}`);
      expect(stringifyJson(parseJson(text))).toBe(text);
      expect(numberOf(decimal(text))).toBe(Number(text));
    },
  );

  test('every JSON number keeps its digits, wherever it stands', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,20})?([eE][+-]?\d{1,2})?$/);
    fc.assert(
      fc.property(digits, fc.constantFrom('', ' ', '\n\t'), (text, space) => {
        expect(stringifyJson(parseJson(`{"v":${space}${text}${space},"l":[1,${space}${text}${space}]}`))).toBe(
          `{"v":${text},"l":[1,${text}]}`,
        );
      }),
    );
  });
});
