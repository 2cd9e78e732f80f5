import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPhrError } from '../../../../src/errors.js';
import { ADULT_CHECKUP, checkupFormat } from '../../../support/checkup-file.js';

const LIMITS = { maxBytes: 1_000_000, maxVisits: 100 };

/** Every byte of a damaged file is either refused at the door with a reason, or kept and reported: nothing else is ever thrown. */
test('a file damaged anywhere is refused or reported, and its pieces stay the file', () => {
  const original = Buffer.from(ADULT_CHECKUP);
  const damage = fc.record({
    at: fc.nat({ max: original.length }),
    cut: fc.nat({ max: 200 }),
    put: fc.oneof(
      fc.constantFrom('', '<', '>', '&', '&x;', '</HOSO>', '<HOSO>', '<![CDATA[', ']]>', '<!--', '\u0000', '<MA_LK>x</MA_LK>'),
      fc.string({ maxLength: 20 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
      const file = damages.reduce(
        (bytes, { at, cut, put }) => Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + cut)]),
        original,
      );
      let pieces: ReturnType<typeof checkupFormat.cut>;
      try {
        pieces = checkupFormat.cut(file, LIMITS);
      } catch (error) {
        expect(isPhrError(error)).toBe(true);
        return;
      }
      const { skeleton, segments } = pieces;
      const whole = Buffer.concat(skeleton.flatMap((piece, index) => [piece, segments[index] ?? new Uint8Array()]));
      expect(whole.equals(file)).toBe(true);

      const context = checkupFormat.readContext(skeleton);
      segments.forEach((segment, index) => {
        const visit = checkupFormat.parse(segment, index + 1, context, { clientId: 'c' });
        expect(visit.refused).toBe(visit.problems.some(({ severity }) => severity === 'error'));
        expect(visit.subjects).toHaveLength(visit.refused ? 0 : 1);
      });
    }),
    { numRuns: 300 },
  );
});
