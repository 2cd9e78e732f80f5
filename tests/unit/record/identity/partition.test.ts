import { describe, expect, test } from '@jest/globals';
import type { Decision, IdentityRecord } from '../../../../src/record/identity/identity.js';
import { COMPONENT_CAP, componentsOf, groupAnchor, NUMBER_CAP, partition } from '../../../../src/record/identity/partition.js';
import { aDemographic, identityOf } from '../../../support/identity-records.js';

type Fields = Parameters<typeof aDemographic>[0];
const record = (more: Fields = {}): IdentityRecord => identityOf(aDemographic(more));

/** Groups as sorted lists of the names that a test gave its records; reviews likewise with reasons. */
function outcome(named: Readonly<Record<string, IdentityRecord>>, decisions: readonly Decision[] = []) {
  const nameOf = new Map(Object.entries(named).map(([name, { id }]) => [id, name]));
  expect(nameOf.size).toBe(Object.keys(named).length);
  const { groups, reviews } = partition(Object.values(named), decisions);
  return {
    groups: groups
      .map((group) =>
        group
          .map((id) => nameOf.get(id))
          .sort()
          .join('+'),
      )
      .sort(),
    reviews: reviews
      .map(({ a, b, reasons }) => `${[nameOf.get(a), nameOf.get(b)].sort().join('~')}: ${reasons.join(' ')}`)
      .sort(),
  };
}

const A = record();
const sameNumber = record({ source: '2', sourcePatientId: 'X', insuranceCards: undefined });
const sameCard = record({ source: '3', sourcePatientId: 'Y', nationalId: undefined });
const lookalike = record({ source: '4', sourcePatientId: 'Z', nationalId: undefined, insuranceCards: undefined });
const otherNumber = record({ source: '5', sourcePatientId: 'W', nationalId: '056184007777' });
const otherNumberAgain = record({ source: '6', sourcePatientId: 'V', nationalId: '056184007777', insuranceCards: undefined });

describe('partition', () => {
  test('of nothing is nothing; of one record is the record; a record twice counts once', () => {
    expect(partition([], [])).toEqual({ groups: [], reviews: [] });
    expect(partition([A, A], [])).toEqual({ groups: [[A.id]], reviews: [] });
  });

  test('number and card link, likeness asks a steward once for the two groups', () => {
    const { groups, reviews } = outcome({ A, sameNumber, sameCard, lookalike });

    expect(groups).toEqual(['A+sameCard+sameNumber', 'lookalike']);
    expect(reviews).toEqual([expect.stringMatching(/likeness$/)]);
  });

  // merging.md §5.5, pack 12: A–B by number, B–C by card, A–C two trusted numbers
  test('a veto holds through a chain', () => {
    const { groups, reviews } = outcome({ sameNumber, sameCard, otherNumber });

    expect(groups).toHaveLength(2);
    expect(groups.some((group) => group.includes('sameNumber') && group.includes('otherNumber'))).toBe(false);
    expect(reviews).toContainEqual(expect.stringContaining('likeness'));
    expect(outcome({ A, sameCard, otherNumber }).groups).toHaveLength(2);
    expect(outcome({ A, sameCard, otherNumber }).reviews).toEqual([expect.stringMatching(/: C1/)]);
  });

  test('a child with the number of its mother is reviewed, never linked', () => {
    const child = record({ name: 'Nguyễn Văn Bình', sex: undefined, birthDate: undefined, sourcePatientId: 'C' });

    expect(outcome({ A, child })).toEqual({ groups: ['A', 'child'], reviews: ['A~child: C5 T4'] });
  });

  test('a newborn without a name asks whose it is', () => {
    const child = record({
      name: 'CB Nguyễn Thị Hoa',
      birthDate: '2025-03-02',
      nationalId: undefined,
      insuranceCards: undefined,
      motherNationalId: '056184001239',
    });

    expect(outcome({ A, child })).toEqual({ groups: ['A', 'child'], reviews: ['A~child: C4 newborn-of'] });
    expect(outcome({ A, child }, [{ a: child.id, b: A.id, verdict: 'newborn-of' }]).reviews).toEqual([]);
  });

  test('records of a REST writer that are merely alike stay apart', () => {
    const twenty = Array.from({ length: 20 }, (_, i) =>
      record({ source: 'app', sourceType: 'rest', sourcePatientId: `P${i}`, nationalId: undefined, insuranceCards: undefined }),
    );

    expect(partition(twenty, []).groups).toHaveLength(20);
  });
});

describe('stewards outrank', () => {
  test('same joins what a veto keeps apart, and takes along who agrees with either side', () => {
    const decisions: Decision[] = [{ a: otherNumber.id, b: A.id, verdict: 'same' }];

    expect(outcome({ A, otherNumber, sameNumber, otherNumberAgain }, decisions)).toEqual({
      groups: ['A+otherNumber+otherNumberAgain+sameNumber'],
      reviews: [],
    });
  });

  test('same speaks of the two numbers that the steward saw, not of a third', () => {
    const third = record({ source: '7', sourcePatientId: 'U', nationalId: '056184008888' });
    const decisions: Decision[] = [{ a: otherNumber.id, b: A.id, verdict: 'same' }];

    expect(outcome({ A, otherNumber, third }, decisions).groups).toEqual(['A+otherNumber', 'third']);
    expect(
      outcome({ sameCard, lookalike, A, third }, [{ a: sameCard.id, b: lookalike.id, verdict: 'same' }]).groups,
    ).toHaveLength(2);
  });

  test('different keeps apart what a tier links, and asks no more', () => {
    expect(outcome({ A, sameNumber }, [{ a: sameNumber.id, b: A.id, verdict: 'different' }])).toEqual({
      groups: ['A', 'sameNumber'],
      reviews: [],
    });
  });

  test('different holds for every member; an undecided member that is both comes back', () => {
    const { groups, reviews } = outcome({ A, sameNumber, sameCard }, [
      { a: sameNumber.id, b: sameCard.id, verdict: 'different' },
    ]);

    expect(groups).toEqual(['A+sameNumber', 'sameCard']);
    expect(reviews).toEqual(['A~sameCard: C9 likeness']);
  });

  test('different wins over same, directly and around a circle', () => {
    const same = (x: IdentityRecord, y: IdentityRecord): Decision => ({ a: x.id, b: y.id, verdict: 'same' });
    const different = (x: IdentityRecord, y: IdentityRecord): Decision => ({ a: x.id, b: y.id, verdict: 'different' });

    expect(outcome({ A, lookalike }, [same(A, lookalike), different(lookalike, A)]).groups).toEqual(['A', 'lookalike']);
    expect(
      outcome({ A, lookalike, otherNumber }, [same(A, lookalike), same(lookalike, otherNumber), different(A, otherNumber)])
        .groups,
    ).toHaveLength(2);
  });

  test('decisions about records that are not here are left alone', () => {
    expect(outcome({ A }, [{ a: A.id, b: 'gone', verdict: 'same' }]).groups).toEqual(['A']);
  });
});

describe('limits', () => {
  const many = (count: number, fields: Fields = {}): IdentityRecord[] =>
    Array.from({ length: count }, (_, i) =>
      record({ source: `s${i}`, sourcePatientId: `${i}`, nationalId: undefined, ...fields }),
    );

  test('at the cap a card links', () => {
    expect(partition(many(COMPONENT_CAP), []).groups).toHaveLength(1);
  });

  test('above the cap only the personal number links, the rest is reviewed along the keys', () => {
    const crowd = many(COMPONENT_CAP - 1);
    const { groups, reviews } = partition([...crowd, A, sameNumber], []);

    expect(groups).toHaveLength(COMPONENT_CAP);
    expect(groups).toContainEqual([A.id, sameNumber.id].sort());
    expect(reviews.length).toBeGreaterThanOrEqual(COMPONENT_CAP - 1);
    expect(reviews.length).toBeLessThanOrEqual(2 * COMPONENT_CAP);
    expect(reviews[0]?.reasons).toContain('large-component');
  });

  test('above the cap stewards still outrank', () => {
    const crowd = many(COMPONENT_CAP + 1);
    const [first, second] = crowd as [IdentityRecord, IdentityRecord];
    const said = (verdict: Decision['verdict']): Decision[] => [{ a: first.id, b: second.id, verdict }];

    expect(partition(crowd, said('same')).groups).toContainEqual([first.id, second.id].sort());
    expect(partition([...crowd, A, sameNumber], [{ a: A.id, b: sameNumber.id, verdict: 'different' }]).groups).toContainEqual([
      A.id,
    ]);
  });

  test('a personal number above its cap links nobody', () => {
    const number: Fields = { nationalId: '056184001239', insuranceCards: undefined };

    expect(partition(many(NUMBER_CAP, number), []).groups).toHaveLength(1);
    expect(partition(many(NUMBER_CAP + 1, number), []).groups).toHaveLength(NUMBER_CAP + 1);
  });
});

describe('the anchor of a group', () => {
  test('is the smallest id, or the smallest reference record', () => {
    const reference = record({ sourceType: 'reference' });
    const group = [A, sameNumber, reference];

    expect(groupAnchor([A, sameNumber])).toBe([A.id, sameNumber.id].sort()[0]);
    expect(groupAnchor(group)).toBe(reference.id);
    expect(() => groupAnchor([])).toThrow(RangeError);
  });
});

test('components join records that share a key', () => {
  const stranger = record({
    name: 'Lê Văn Tám',
    sex: 'male',
    birthDate: '1970-03-04',
    source: '9',
    nationalId: undefined,
    insuranceCards: undefined,
  });

  expect(componentsOf([A, stranger, sameNumber])).toEqual([[A, sameNumber], [stranger]]);
});

// merging.md §2: marks carry identity
describe('twins whom only marks tell apart', () => {
  const fields: Fields = { name: 'Nguyễn Văn Tú', sex: 'male', nationalId: undefined };
  const first = record({ ...fields, source: '1' });
  const second = record({ ...fields, source: '2', name: 'Nguyễn Văn Tự', insuranceCards: ['0123498761'] });
  const unmarked = record({ ...fields, source: '3', name: 'NGUYEN VAN TU' });

  test('a card links a record without marks as long as no twin is known', () => {
    expect(outcome({ first, unmarked })).toEqual({ groups: ['first+unmarked'], reviews: [] });
  });

  test('beside a twin it does not, and a steward is asked', () => {
    const { groups, reviews } = outcome({ first, second, unmarked });

    expect(groups).toEqual(['first', 'second', 'unmarked']);
    expect(reviews).toContain('first~unmarked: C3 likeness');
  });

  test('the personal number says which twin it is', () => {
    const own: Fields = { nationalId: '056084001239' };
    const [numbered, bare] = [
      record({ ...fields, ...own, source: '1' }),
      record({ ...fields, ...own, source: '3', name: 'NGUYEN VAN TU' }),
    ];

    expect(outcome({ numbered, second, bare }).groups).toEqual(['bare+numbered', 'second']);
  });
});
