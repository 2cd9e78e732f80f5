import type { IdentityInput } from '../../src/intake/parsed-visit.js';
import type { IdentityRecord } from '../../src/record/identity/identity.js';
import { identityIdOf, normalise } from '../../src/record/identity/normal-form.js';

/** A woman born in 1984 with a number, a card and a patient id that fit; change what matters. `undefined` takes a field away. */
export function aDemographic(more: { readonly [K in keyof IdentityInput]?: IdentityInput[K] | undefined } = {}): IdentityInput {
  const all = {
    source: '56901',
    sourceType: 'visit',
    sourcePatientId: 'BN01',
    name: 'Nguyễn Thị Hoa',
    sex: 'female',
    birthDate: '1984-05-02',
    nationalId: '056184001239',
    insuranceCards: ['DN4560123498760'],
    ...more,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as IdentityInput;
}

/** The identity record that a source with these demographics becomes. */
export function identityOf(input: IdentityInput, businessKey?: string): IdentityRecord {
  const normal = normalise(input, businessKey === undefined ? {} : { businessKey });
  return { id: identityIdOf(normal), normal };
}
