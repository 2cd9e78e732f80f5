import type { OutboxRow, Store } from '../store.js';
import type { SqlDatabase, SqlRow } from './driver.js';

export function rowOf(row: SqlRow): OutboxRow {
  const { not_before, dead } = row;
  return {
    id: String(row['id']),
    kind: String(row['kind']),
    payload: JSON.parse(String(row['payload'])) as Record<string, string>,
    openedCommit: Number(row['opened_commit']),
    openedAt: String(row['opened_at']),
    attempts: Number(row['attempts']),
    ...(typeof not_before === 'string' ? { notBefore: not_before } : {}),
    ...(typeof dead === 'string' ? { dead } : {}),
  };
}

type OutboxReads = Pick<Store, 'outboxRow' | 'openOutbox' | 'deadOutbox' | 'outboxDepth'>;

export function makeOutboxReads(database: SqlDatabase, now: () => number): OutboxReads {
  return {
    async outboxRow(id) {
      const row = database.prepare('SELECT * FROM outbox WHERE id = ?').get(id);
      return row === undefined ? undefined : rowOf(row);
    },
    async openOutbox({ kinds, dueAt = new Date(now()).toISOString(), limit }) {
      const due = 'dead IS NULL AND (not_before IS NULL OR not_before <= ?)';
      if (kinds === undefined) {
        return database.prepare(`SELECT * FROM outbox WHERE ${due} ORDER BY seq LIMIT ?`).all(dueAt, limit).map(rowOf);
      }
      return kinds
        .flatMap((kind) =>
          database.prepare(`SELECT * FROM outbox WHERE kind = ? AND ${due} ORDER BY seq LIMIT ?`).all(kind, dueAt, limit),
        )
        .sort((a, b) => Number(a['seq']) - Number(b['seq']))
        .slice(0, limit)
        .map(rowOf);
    },
    async deadOutbox(limit) {
      return database.prepare('SELECT * FROM outbox WHERE dead IS NOT NULL ORDER BY seq LIMIT ?').all(limit).map(rowOf);
    },
    async outboxDepth() {
      return database
        .prepare(
          `SELECT kind, count(*) - count(dead) AS open, count(dead) AS dead, min(CASE WHEN dead IS NULL THEN opened_at END) AS oldest
           FROM outbox GROUP BY kind ORDER BY kind`,
        )
        .all()
        .map(({ kind, open, dead, oldest }) => ({
          kind: String(kind),
          open: Number(open),
          dead: Number(dead),
          ...(typeof oldest === 'string' ? { oldest } : {}),
        }));
    },
  };
}
