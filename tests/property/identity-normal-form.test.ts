import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareNames } from '../../src/record/identity/compare.js';
import { editDistance } from '../../src/record/identity/edit-distance.js';
import { placeTone, readName } from '../../src/record/identity/names.js';
import { identityIdOf, normalise } from '../../src/record/identity/normal-form.js';
import { aDemographic } from '../support/identity-records.js';

const RUNS = { numRuns: 300, seed: 20251 };
const SYLLABLES = [
  'Nguyễn',
  'TRẦN',
  'lê',
  'Võ',
  'Vũ',
  'Thị',
  'Văn',
  'Hòa',
  'hoà',
  'Thúy',
  'Quý',
  'Mỹ',
  'Mĩ',
  'Đức',
  'Ng.',
  'A',
  'Y',
  "H'Hen",
  'Ênuôl',
  'An',
  'Anh',
  'Nguyeenx',
];
const aName = fc.array(fc.constantFrom(...SYLLABLES), { minLength: 1, maxLength: 6 }).map((tokens) => tokens.join(' '));
const anyText = fc.oneof(aName, fc.string({ unit: 'grapheme', maxLength: 30 }), fc.string({ unit: 'binary', maxLength: 30 }));

describe('normal form', () => {
  test('the display of a display is the display', () => {
    fc.assert(
      fc.property(anyText, (raw) => {
        const first = readName(raw);
        if (first.kind === 'name') expect(readName(first.name.display)).toEqual(first);
      }),
      RUNS,
    );
  });

  test('composed and decomposed text are one record', () => {
    fc.assert(
      fc.property(anyText, anyText, (name, motherName) => {
        const idOf = (form: 'NFC' | 'NFD') =>
          identityIdOf(normalise(aDemographic({ name: name.normalize(form), motherName: motherName.normalize(form) })));

        expect(idOf('NFD')).toBe(idOf('NFC'));
      }),
      RUNS,
    );
  });

  test('capitals and tone style keep the folded name', () => {
    fc.assert(
      fc.property(aName, (raw) => {
        const [plain, shouted] = [readName(raw), readName(raw.toUpperCase())];
        if (plain.kind !== 'name' || shouted.kind !== 'name') return expect(plain.kind).toBe(shouted.kind);
        expect(shouted.name.dia).toBe(plain.name.dia);
      }),
      RUNS,
    );
  });

  test('tone placement settles at once', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SYLLABLES, 'qúy', 'khỏe', 'khoẻ', 'hoàn'), (token) => {
        expect(placeTone(placeTone(token.toLowerCase()))).toBe(placeTone(token.toLowerCase()));
      }),
      RUNS,
    );
  });

  test('whatever a sender writes is read without an error', () => {
    fc.assert(
      fc.property(
        fc.record({
          name: fc.anything(),
          birthDate: fc.anything(),
          nationalId: fc.anything(),
          insuranceCards: fc.anything(),
          phone: fc.anything(),
          birthOrder: fc.anything(),
        }),
        (fields) => {
          const normal = normalise({ ...fields, source: 's', sourceType: 'visit' } as never);

          expect(identityIdOf(normal)).toBe(identityIdOf(JSON.parse(JSON.stringify(normal))));
        },
      ),
      RUNS,
    );
  });
});

describe('comparison', () => {
  const normalName = anyText
    .map(readName)
    .filter((reading) => reading.kind === 'name')
    .map((reading) => reading.name);

  test('of names is symmetric, and a name equals itself', () => {
    fc.assert(
      fc.property(normalName, normalName, (a, b) => {
        expect(compareNames(a, b)).toBe(compareNames(b, a));
        expect(compareNames(a, a)).toBe(a.hasMarks ? 'N0' : 'N1');
      }),
      RUNS,
    );
  });

  test('the bounded distance is the distance, cut off', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 0, max: 3 }), (a, b, bound) => {
        expect(editDistance(a, b, bound)).toBe(Math.min(editDistance(a, b, 20), bound + 1));
        expect(editDistance(a, b, bound)).toBe(editDistance(b, a, bound));
      }),
      RUNS,
    );
  });
});
