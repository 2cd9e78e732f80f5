import type { OutboxRow, Store } from '../store.js';
import { compareCodePoints } from '../code-point-order.js';
import type { OutboxDocument } from './documents.js';
import { INDEX } from './schemas.js';
import { makeReadGroup } from './read-group.js';
import { inSnapshot } from './snapshot.js';
import type { ReadParts } from './snapshot.js';

export function rowOf({ _id, kind, payload, openedCommit, openedAt, attempts, notBefore, dead }: OutboxDocument): OutboxRow {
  return {
    id: _id,
    kind,
    payload: JSON.parse(payload) as Record<string, string>,
    openedCommit,
    openedAt,
    attempts,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(dead === undefined ? {} : { dead }),
  };
}

type OutboxReads = Pick<Store, 'outboxRow' | 'openOutbox' | 'deadOutbox' | 'outboxDepth'>;

export function makeOutboxReads(parts: ReadParts, now: () => number): OutboxReads {
  const { outbox } = parts.collections;
  const rowsTogether = makeReadGroup(async (ids) => {
    const found = await inSnapshot(parts, async (asked) => outbox.find({ _id: { $in: [...ids] } }, asked).toArray());
    return new Map(found.map((document) => [document._id, document]));
  });
  return {
    async outboxRow(id) {
      const found = await rowsTogether(id);
      return found === undefined ? undefined : rowOf(found);
    },
    async openOutbox({ kinds, dueAt = new Date(now()).toISOString(), limit }) {
      if (limit <= 0) return [];
      const due = { dead: { $exists: false }, $or: [{ notBefore: { $exists: false } }, { notBefore: { $lte: dueAt } }] };
      const found = await inSnapshot(parts, async (asked) => {
        const options = { ...asked, sort: { n: 1 } as const, limit };
        if (kinds === undefined) return outbox.find(due, { ...options, hint: INDEX.outboxOrder }).toArray();
        const rows: OutboxDocument[] = [];
        for (const kind of new Set(kinds)) {
          rows.push(...(await outbox.find({ kind, ...due }, { ...options, hint: INDEX.outboxKind }).toArray()));
        }
        return rows.sort((a, b) => a.n - b.n).slice(0, limit);
      });
      return found.map(rowOf);
    },
    async deadOutbox(limit) {
      if (limit <= 0) return [];
      const found = await inSnapshot(parts, async (asked) =>
        outbox.find({ dead: { $exists: true } }, { ...asked, sort: { n: 1 }, hint: INDEX.outboxDead, limit }).toArray(),
      );
      return found.map(rowOf);
    },
    async outboxDepth() {
      const isOpen = { $eq: [{ $type: '$dead' }, 'missing'] };
      const found = await inSnapshot(parts, async (asked) =>
        outbox
          .aggregate<{ _id: string; open: number; all: number; oldest: string | null }>(
            [
              { $sort: { kind: 1, n: 1 } },
              {
                $group: {
                  _id: '$kind',
                  all: { $sum: 1 },
                  open: { $sum: { $cond: [isOpen, 1, 0] } },
                  oldest: { $min: { $cond: [isOpen, '$openedAt', null] } },
                },
              },
            ],
            { ...asked, hint: INDEX.outboxKind },
          )
          .toArray(),
      );
      return found
        .sort((a, b) => compareCodePoints(a._id, b._id))
        .map(({ _id, open, all, oldest }) => ({
          kind: _id,
          open,
          dead: all - open,
          ...(oldest === null ? {} : { oldest }),
        }));
    },
  };
}
