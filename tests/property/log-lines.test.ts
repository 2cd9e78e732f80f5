import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { makeLogger } from '../../src/operations/logging.js';

/** What must never be read in a log: names with and without marks, numbers of persons, cards, phones, dates of birth. */
const planted = fc.constantFrom(
  'Nguyễn Thị Hoà',
  'NGUYEN THI HOA',
  'Hoa Nguyen',
  '001184012345',
  '079123456',
  'DN4797912345678',
  '0912345678',
  '912345678',
  '101184012345',
  '02/05/1984',
  'nguyen.hoa@example.vn',
);
const LISTED = [
  'requestId',
  'interaction',
  'resourceType',
  'method',
  'route',
  'kind',
  'code',
  'outboxId',
  'door',
  'time',
  'version',
  'status',
  'durationMs',
  'count',
  'msg',
  'err',
];

/** The value on its own, inside other text, in a list, in an object, as a key. */
const wrapped = planted.chain((value) =>
  fc.constantFrom<{ readonly value: string; readonly shape: unknown }>(
    { value, shape: value },
    { value, shape: `Patient?name=${value}&_count=1` },
    { value, shape: `/fhir/R4/Patient/${value}` },
    { value, shape: /^[1-9]\d*$/.test(value) ? Number(value) : value },
    { value, shape: [value] },
    { value, shape: { [value]: { nested: value } } },
    { value, shape: new Error(`cannot read "${value}"`) },
  ),
);

test('whatever field holds it, a planted value never leaves through a log line', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...LISTED, 'name', 'body'), wrapped), { minLength: 1, maxLength: 5 }),
      (fields) => {
        const written: string[] = [];
        const logger = makeLogger({ level: 'debug', destination: { write: (line: string) => void written.push(line) } });
        const given = Object.fromEntries(fields.map(([name, { shape }]) => [name, shape]));

        logger.info(given, 'request');
        logger.child(given).info({ ...given, [fields[0]?.[1].value ?? '']: 1 });

        expect(written).toHaveLength(2);
        for (const line of written) {
          expect(() => JSON.parse(line) as unknown).not.toThrow();
          for (const [, { value }] of fields) expect(line).not.toContain(value);
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** The fields of a request's line as the request log gives them. */
const requestFields = fc.record({
  requestId: fc.uuid(),
  method: fc.constantFrom('GET', 'POST', 'DELETE'),
  interaction: fc.constantFrom('read', 'search-type', 'patient-everything', 'unnamed'),
  resourceType: fc.constantFrom('Patient', 'MedicationRequest'),
  status: fc.constantFrom(200, 404, 503),
  durationMs: fc.constantFrom(0, 0.1, 12.5, 90_000.3),
});

function lineOf(fields: Readonly<Record<string, unknown>>): string {
  const written: string[] = [];
  const logger = makeLogger({ level: 'info', destination: { write: (line: string) => void written.push(line) } });
  logger.info(fields, 'request');
  return written.join('').replace(/"time":"[^"]*"/, '"time":""');
}

test('the short way of a request line ends where the long one does', () => {
  fc.assert(
    fc.property(requestFields, fc.constantFrom('none', 'resourceType'), (fields, without) => {
      const given = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== without));
      const long = lineOf({ ...given, unknown: 1 });

      expect(long).toContain('"dropped":1');
      expect(lineOf(given)).toBe(long.replace(',"dropped":1', ''));
      for (const [name, value] of Object.entries(given)) expect(JSON.parse(lineOf(given))).toHaveProperty(name, value);
    }),
    { numRuns: 100 },
  );
});

test('a planted value in one field of a request line never leaves', () => {
  fc.assert(
    fc.property(
      requestFields,
      fc.constantFrom('requestId', 'method', 'interaction', 'resourceType', 'status', 'durationMs'),
      wrapped,
      (fields, name, { value, shape }) => {
        expect(lineOf({ ...fields, [name]: shape })).not.toContain(value);
      },
    ),
    { numRuns: 300 },
  );
});
