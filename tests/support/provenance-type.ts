import type { Provenance } from 'fhir/r4.js';
import { PhrError } from '../../src/errors.js';
import type { VirtualType } from '../../src/fhir/virtual-type.js';

/** A small type that is rendered, not stored: Provenance of given targets, newest first, with a cursor that is a position. */
export function makeTestProvenance(items: readonly Provenance[]): VirtualType {
  return {
    resourceType: 'Provenance',
    searchParams: ['_id', 'target', 'recorded'],
    read: (_caller, id) => Promise.resolve(items.find((item) => item.id === id)),
    search: (_caller, { criteria, count, cursor }) => {
      const start = cursor === undefined ? 0 : Number(cursor);
      if (!Number.isInteger(start)) throw new PhrError('invalid', 'not a page');
      const hits = items.filter((item) =>
        criteria.every(({ param, values }) =>
          values.some((value) => {
            if (param === '_id') return value.kind === 'token' && value.code === item.id;
            if (param === 'recorded') {
              return value.kind === 'date' && Date.parse(item.recorded) >= value.start && Date.parse(item.recorded) < value.end;
            }
            return (
              value.kind === 'reference' &&
              item.target.some(({ reference }) => reference === `${value.resourceType ?? ''}/${value.id}`)
            );
          }),
        ),
      );
      const page = hits.slice(start, start + count);
      return Promise.resolve({
        items: page,
        patients: page.length === 0 ? [] : ['nga'],
        ...(start + count < hits.length ? { next: String(start + count) } : {}),
      });
    },
  };
}

export const aProvenance = (id: string, target: string): Provenance => ({
  resourceType: 'Provenance',
  id,
  target: [{ reference: target }, { reference: 'Patient/nga' }],
  recorded: '2025-03-11T00:00:00Z',
  agent: [{ who: { display: 'Trung tâm y tế' } }],
});
