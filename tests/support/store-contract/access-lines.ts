import { describe, expect, test } from '@jest/globals';
import { MAX_LINE_PATIENTS, MAX_LINE_REFERENCES } from '../../../src/store/access-log.js';
import type { AccessQuery } from '../../../src/store/access-log.js';
import { aLine } from './builders.js';
import { storeForEach } from './store-at-test.js';
import type { OpenForTest } from './store-at-test.js';

export function describeAccessLines(open: OpenForTest): void {
  describe('access lines', () => {
    const at = storeForEach(open);
    const agent = aLine('x').agent;
    const minute = (index: number): string => `2026-03-01T00:0${String(index)}:00.000Z`;
    const lines = [
      aLine('l1', { at: minute(1), patients: ['p1'], what: ['Observation/o1', 'Patient/p1'] }),
      aLine('l2', { at: minute(2), patients: ['p2', 'p1'], what: ['Patient/p2'], interaction: 'search-type' }),
      aLine('l3', { at: minute(3), patients: ['p1'], agent: { ...agent, id: 'clerk-2' }, action: 'C', interaction: 'create' }),
      aLine('l4', { at: minute(4), what: ['Observation'], reason: 'khám lại', network: '10.0.0.1' }),
    ];

    test('a line reads as written', async () => {
      const { store } = at();
      await store.commit({ access: lines });

      expect(await store.accessLine('l4')).toEqual(lines[3]);
      expect(await store.accessLine('l9')).toBeUndefined();
    });

    test.each<[string, Partial<AccessQuery>, string[]]>([
      ['everything, newest first', {}, ['l4', 'l3', 'l2', 'l1']],
      ['a patient', { patient: 'p1' }, ['l3', 'l2', 'l1']],
      ['an agent', { agentId: 'clerk-2' }, ['l3']],
      ['a reference', { reference: 'Observation/o1' }, ['l1']],
      ['a type alone', { reference: 'Observation' }, ['l4']],
      ['an interaction', { interaction: 'read' }, ['l4', 'l1']],
      ['an action', { action: 'C' }, ['l3']],
      ['patient and agent', { patient: 'p1', agentId: 'clerk-1' }, ['l2', 'l1']],
      ['patient and reference', { patient: 'p1', reference: 'Patient/p2' }, ['l2']],
      ['an instant from, inclusive', { from: minute(3) }, ['l4', 'l3']],
      ['an instant to, exclusive', { to: minute(3) }, ['l2', 'l1']],
      ['patient, from and to', { patient: 'p1', from: minute(2), to: minute(3) }, ['l2']],
      ['a limit', { limit: 2 }, ['l4', 'l3']],
      ['what is older than a line', { before: 'l3' }, ['l2', 'l1']],
      ['what is older than a line, of a patient', { patient: 'p1', before: 'l2', limit: 1 }, ['l1']],
      ['nothing', { patient: 'p9' }, []],
    ])('finds %s', async (_, query, expected) => {
      const { store } = at();
      await store.commit({ access: [...lines].reverse() });

      expect((await store.accessLines({ limit: 9, ...query })).map(({ id }) => id)).toEqual(expected);
    });

    test('a line to continue from must be known', async () => {
      const { store } = at();

      await expect(store.accessLines({ limit: 9, before: 'l1' })).rejects.toMatchObject({ category: 'invalid' });
    });

    test('lines of one instant are ordered by id and continue without a gap', async () => {
      const { store } = at();
      await store.commit({ access: ['a', 'c', 'b'].map((id) => aLine(id, { patients: ['p1'] })) });

      expect((await store.accessLines({ limit: 9, patient: 'p1' })).map(({ id }) => id)).toEqual(['c', 'b', 'a']);
      expect((await store.accessLines({ limit: 9, patient: 'p1', before: 'b' })).map(({ id }) => id)).toEqual(['a']);
    });

    test.each([
      ['patients', MAX_LINE_PATIENTS],
      ['what', MAX_LINE_REFERENCES],
    ])('a line holds its greatest number of %s and no more', async (field, most) => {
      const { store } = at();
      const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `x${String(index)}`);

      await store.commit({ access: [aLine('full', { [field]: many(most) })] });

      await expect(store.commit({ access: [aLine('over', { [field]: many(most + 1) })] })).rejects.toMatchObject({
        category: 'invalid',
      });
      expect(await store.accessLine('full')).toBeDefined();
      expect(await store.accessLine('over')).toBeUndefined();
    });

    test('three hundred lines at once are all there when their commits resolve', async () => {
      const { store } = at();

      await Promise.all(Array.from({ length: 300 }, (_, index) => store.commit({ access: [aLine(`l${String(index)}`)] })));

      expect(await store.accessLines({ limit: 1_000 })).toHaveLength(300);
    });
  });
}
