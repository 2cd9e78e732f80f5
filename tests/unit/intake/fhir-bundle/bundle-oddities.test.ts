import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPhrError } from '../../../../src/errors.js';
import { validateResource } from '../../../../src/fhir/validation/validate.js';
import { makeFhirBundleFormat } from '../../../../src/intake/fhir-bundle/fhir-bundle-format.js';
import type { ParsedVisit } from '../../../../src/intake/parsed-visit.js';
import { aBundle, anEncounter, anEntry, anObservation, aPatient, bundleOf, bytesOf } from '../../../support/bundle-file.js';

const format = makeFhirBundleFormat({ validate: validateResource, restrictionOf: () => undefined });
const limits = { maxBytes: 1_000_000, maxVisits: 100 };

function readAll(bundle: unknown): readonly ParsedVisit[] {
  const { skeleton, segments } = format.cut(bytesOf(bundle), limits);
  const context = format.readContext(skeleton);
  return segments.map((segment, index) => format.parse(segment, index + 1, context, { clientId: 'clinic' }));
}

/** Every place of a JSON value, as the names that lead to it. */
function placesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, child]) => placesOf(child, [...path, name]))];
}

function replaced(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (String(index) === name ? replaced(item, rest, by) : item));
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [name]: replaced(fields[name], rest, by) };
}

const full = {
  ...bundleOf({ type: 'document' }),
  entry: [
    {
      resource: {
        resourceType: 'Composition',
        status: 'final',
        date: '2026-10-01',
        identifier: { value: 'C-1' },
        custodian: { reference: 'Organization/o' },
        confidentiality: 'N',
      },
    },
    ...(bundleOf().entry ?? []).map((entry) => ({ ...entry, request: { method: 'POST', url: 'x' } })),
    { resource: { resourceType: 'Organization', id: 'o', name: 'Phòng khám', identifier: [{ system: 'urn:x', value: '1' }] } },
    {
      resource: {
        resourceType: 'Procedure',
        status: 'completed',
        meta: { security: [{ system: 'urn:x', code: 'R' }] },
        subject: { reference: bundleOf().entry?.[0]?.fullUrl },
        performedPeriod: { start: '2026-10-01' },
        performer: [{ actor: { reference: 'Organization/o' } }],
      },
    },
  ],
};

describe('elements of a wrong type', () => {
  test.each(placesOf(full).map((place) => [place.join('.'), place] as const))(
    '%s: refused, reported or ignored, never a fault',
    (_, place) => {
      for (const odd of [null, 5, 'x', [null], {}, [{ reference: 5 }]]) {
        let visits: readonly ParsedVisit[];
        try {
          visits = readAll(replaced(full, place, odd));
        } catch (error) {
          if (!isPhrError(error)) throw new Error(`${place.join('.')} = ${JSON.stringify(odd)}`, { cause: error });
          continue;
        }
        for (const visit of visits) {
          expect(visit.refused || typeof visit.key === 'string').toBe(true);
          for (const text of [visit.key, visit.issueTime, visit.eventDate ?? '', visit.sender ?? ''])
            expect(typeof text).toBe('string');
        }
      }
    },
  );

  test('several at once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...placesOf(full)), fc.jsonValue()), { maxLength: 4 }), (changes) => {
        let bundle: unknown = full;
        for (const [place, odd] of changes) {
          try {
            bundle = replaced(bundle, place, odd);
          } catch {
            // the place was overwritten by an earlier change
          }
        }
        try {
          readAll(bundle);
        } catch (error) {
          if (!isPhrError(error)) throw error;
        }
      }),
      { numRuns: 200 },
    );
  });
});

test('the event of an Encounter that is left out is not the day of the visit', () => {
  const [visit] = readAll(
    aBundle([anEntry(aPatient()), anEntry(anEncounter({ period: { start: 'yesterday' } })), anEntry(anObservation(61))]),
  );
  expect(visit?.eventDate).toBe('2026-10-01T08:10:00+07:00');
});
