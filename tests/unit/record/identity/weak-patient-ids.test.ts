import { describe, expect, test } from '@jest/globals';
import type { IdentityInput } from '../../../../src/intake/parsed-visit.js';
import { identityIdOf, normalise } from '../../../../src/record/identity/normal-form.js';
import { partition } from '../../../../src/record/identity/partition.js';

const groupsOf = (...inputs: readonly Partial<IdentityInput>[]): number => {
  const records = inputs.map((input, index) => {
    const visit: IdentityInput = { source: '56901', sourceType: 'visit', ...input };
    const normal = normalise(visit, { businessKey: `visit-${String(index)}` });
    return { id: identityIdOf(normal), normal };
  });
  return partition(records, []).groups.length;
};

const HOA = { name: 'Nguyễn Thị Hoa', sex: 'female' } as const;

describe('a filler in the place of a patient id joins nobody', () => {
  test.each(['0', '000000', '-', '.', '...', 'NULL', 'null', 'N/A', 'Không', 'XXX'])('%s', (sourcePatientId) => {
    expect(groupsOf({ ...HOA, birthDate: '1958', sourcePatientId }, { ...HOA, birthDate: '1958-03-12', sourcePatientId })).toBe(
      2,
    );
    expect(groupsOf({ ...HOA, birthDate: '1958', sourcePatientId }, { ...HOA, birthDate: '1958', sourcePatientId })).toBe(2);
  });

  test.each(['1', 'BN-0', 'X1', '0001'])('%s is a patient id', (sourcePatientId) => {
    expect(groupsOf({ ...HOA, birthDate: '1958', sourcePatientId }, { ...HOA, birthDate: '1958-03-12', sourcePatientId })).toBe(
      1,
    );
  });
});

test('two newborns without a name under the patient id of one mother stay two', () => {
  const newborn = { name: 'CB Lê Thị Mai', birthDate: '2026-03-16', sex: 'male', sourcePatientId: 'ME-1' } as const;
  const mother = { name: 'Lê Thị Mai', birthDate: '1996-03-16', sex: 'female', sourcePatientId: 'ME-1' } as const;
  expect(groupsOf(newborn, newborn, mother)).toBe(3);
});
