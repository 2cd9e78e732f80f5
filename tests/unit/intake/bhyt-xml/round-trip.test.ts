import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MedicationRequest, Observation, Patient } from 'fhir/r4.js';
import { stringifyJson } from '../../../../src/fhir/decimal.js';
import { makeBhytXmlFormat } from '../../../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { ANYBODY, parseFile, resourceOf, resourcesOf } from '../../../support/bhyt-samples.js';
import { drugRow, printEnvelope, printVisit, resultRow, summaryRow } from '../../../support/bhyt-printer.js';
import type { PrintStyle } from '../../../support/bhyt-printer.js';

const two = (value: number): string => String(value).padStart(2, '0');
const day = fc.record({
  y: fc.integer({ min: 1920, max: 2025 }),
  m: fc.integer({ min: 1, max: 12 }),
  d: fc.integer({ min: 1, max: 28 }),
});
/** Text that XML and a clerk may write, with every character that has a meaning in XML. */
const text = fc.stringMatching(/^[A-Za-zĐđáàảãạăâêôơưỄỹ0-9<>&"'.\]+/ ]{1,40}$/).map(
  (value) =>
    `X${value
      .replace(/<(?=\/?[a-z])/gi, '< ')
      .replaceAll('CSST', '')
      .trim()}`,
);
const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
const decimalText = fc
  .tuple(fc.integer({ min: 0, max: 9999 }), fc.option(fc.stringMatching(/^[0-9]{1,3}$/), { nil: undefined }))
  .map(([whole, part]) => (part === undefined ? String(whole) : `${whole}.${part}`));

const visit = fc.record({
  id: fc.stringMatching(/^[A-Za-z0-9./-]{1,30}$/),
  name: text,
  birth: day,
  sex: fc.constantFrom('1', '2'),
  number: digits(12),
  card: digits(13),
  start: day,
  hour: fc.integer({ min: 0, max: 23 }),
  drugs: fc.array(fc.record({ name: text, dose: text, amount: decimalText }), { maxLength: 4 }),
  results: fc.array(fc.record({ name: text, value: fc.oneof(decimalText, fc.constantFrom('++', '< 10', 'Âm tính')) }), {
    maxLength: 4,
  }),
});
const style: fc.Arbitrary<PrintStyle> = fc.record({
  content: fc.constantFrom('base64', 'wrapped-base64', 'cdata', 'elements'),
  innerByteOrderMark: fc.boolean(),
  outerByteOrderMark: fc.boolean(),
  cdataValues: fc.boolean(),
  listRoot: fc.boolean(),
});

type Generated = typeof visit extends fc.Arbitrary<infer V> ? V : never;

const compact = ({ y, m, d }: { y: number; m: number; d: number }): string => `${y}${two(m)}${two(d)}`;
const dashed = ({ y, m, d }: { y: number; m: number; d: number }): string => `${y}-${two(m)}-${two(d)}`;

const tablesOf = (generated: Generated) => [
  {
    type: 'XML2',
    rows: generated.drugs.map(({ name, dose, amount }, index) =>
      drugRow({ MA_LK: generated.id, STT: String(index + 1), TEN_THUOC: name, HAM_LUONG: '', LIEU_DUNG: dose, SO_LUONG: amount }),
    ),
  },
  {
    type: 'XML1',
    rows: [
      summaryRow({
        MA_LK: generated.id,
        HO_TEN: generated.name,
        NGAY_SINH: `${compact(generated.birth)}0000`,
        GIOI_TINH: generated.sex,
        SO_CCCD: generated.number,
        MA_THE_BHYT: `HT${generated.card}`,
        NGAY_VAO: `${compact(generated.start)}${two(generated.hour)}30`,
        NGAY_RA: '',
      }),
    ],
  },
  {
    type: 'XML4',
    rows: generated.results.map(({ name, value }, index) =>
      resultRow({ MA_LK: generated.id, STT: String(index + 1), TEN_CHI_SO: name, GIA_TRI: value, DON_VI_DO: '' }),
    ),
  },
];

describe('what was printed is what is read', () => {
  test('whatever the values and the way of writing them', () => {
    fc.assert(
      fc.property(visit, style, (generated, printed) => {
        const [parsed] = parseFile(printEnvelope([printVisit(tablesOf(generated), printed)], printed));
        if (parsed === undefined) throw new Error('no visit');
        expect(parsed.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(parsed.key).toBe(`56901|${generated.id}`);
        expect(parsed.eventDate).toBe(`${dashed(generated.start)}T${two(generated.hour)}:30:00+07:00`);
        expect(parsed.subjects[0]?.identity).toMatchObject({
          name: generated.name,
          birthDate: dashed(generated.birth),
          sex: generated.sex === '1' ? 'male' : 'female',
          nationalId: generated.number,
          insuranceCards: [`HT${generated.card}`],
        });
        expect(resourceOf<Patient>(parsed, 'patient').name?.[0]?.text).toBe(generated.name.replace(/\s+/g, ' '));
        generated.drugs.forEach(({ name, dose, amount }, index) => {
          const drug = resourceOf<MedicationRequest>(parsed, `x2-${index + 1}`);
          expect(drug.medicationCodeableConcept?.text).toBe(name.replace(/ +/g, ' '));
          expect(drug.dosageInstruction?.[0]?.text).toBe(dose.replace(/ +/g, ' '));
          expect(stringifyJson(drug.dispenseRequest?.quantity?.value)).toBe(amount);
        });
        generated.results.forEach(({ value }, index) => {
          const result = resourceOf<Observation>(parsed, `x4-${index + 1}`);
          const shown = result.valueQuantity === undefined ? result.valueString : stringifyJson(result.valueQuantity.value);
          expect(shown).toBe(value);
        });
        const sent = resourcesOf(parsed).flatMap(({ trace }) => trace.filter(({ field }) => field === 'LIEU_DUNG'));
        expect(sent.map((entry) => entry.sent)).toEqual(generated.drugs.map(({ dose }) => dose));
      }),
      { numRuns: 150 },
    );
  });

  test('parsing is a function of the bytes', () => {
    fc.assert(
      fc.property(visit, style, (generated, printed) => {
        const file = printEnvelope([printVisit(tablesOf(generated), printed)], printed);
        expect(stringifyJson(parseFile(file))).toBe(stringifyJson(parseFile(file)));
      }),
      { numRuns: 30 },
    );
  });
});

describe('whatever comes in', () => {
  test('a damaged segment gives a visit or a refusal, never an exception', () => {
    const format = makeBhytXmlFormat();
    const context = { issueTime: '', problems: [] };
    fc.assert(
      fc.property(
        visit,
        style,
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 5 }),
        (generated, printed, damage) => {
          const bytes = Buffer.from(printVisit(tablesOf(generated), printed));
          for (const [at, value] of damage) bytes[at % bytes.length] = value;
          const parsed = format.parse(bytes, 1, context, ANYBODY);
          expect(parsed.refused).toBe(parsed.problems.some(({ severity }) => severity === 'error'));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('random bytes are refused', () => {
    const format = makeBhytXmlFormat();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(format.parse(bytes, 1, { issueTime: '', problems: [] }, ANYBODY).refused).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
