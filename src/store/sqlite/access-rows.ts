import { PhrError } from '../../errors.js';
import type { AccessLine, AccessReads } from '../access-log.js';
import type { SqlDatabase, SqlRow, SqlValue } from './driver.js';
import { hashedNames } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';

const lineOf = (row: SqlRow): AccessLine => JSON.parse(String(row['line'])) as AccessLine;

/** Lines by (at, id), newest first, out of the index of the rarest thing asked: reference, patient, agent, or time alone. */
export function makeAccessReads(database: SqlDatabase, hash: KeyedHash): AccessReads {
  return {
    async accessLine(id) {
      const row = database.prepare('SELECT line FROM access WHERE id = ?').get(id);
      return row === undefined ? undefined : lineOf(row);
    },
    async accessLines({ patient, agentId, reference, interaction, action, from, to, limit, before }) {
      const conditions: string[] = [];
      const parameters: SqlValue[] = [];
      const add = (condition: string, ...values: readonly SqlValue[]): void => {
        conditions.push(condition);
        parameters.push(...values);
      };
      const keys = [
        ...(reference === undefined ? [] : [hash.term(hashedNames.accessReference(reference))]),
        ...(patient === undefined ? [] : [hash.term(hashedNames.accessPatient(patient))]),
        ...(agentId === undefined ? [] : [hash.term(hashedNames.accessAgent(agentId))]),
      ];
      const [first, ...others] = keys;
      if (first !== undefined) add('d.h = ?', first);
      for (const key of others) add('EXISTS (SELECT 1 FROM access_by WHERE h = ? AND at = d.at AND id = d.id)', key);
      if (before !== undefined) add('(d.at, d.id) < (?, ?)', instantOf(database, before), before);
      if (from !== undefined) add('d.at >= ?', from);
      if (to !== undefined) add('d.at < ?', to);
      if (interaction !== undefined) add(`json_extract(a.line, '$.interaction') = ?`, interaction);
      if (action !== undefined) add(`json_extract(a.line, '$.action') = ?`, action);
      // The hashes are re-checked, as everywhere.
      if (patient !== undefined) add(`EXISTS (SELECT 1 FROM json_each(a.line, '$.patients') WHERE value = ?)`, patient);
      const table = first === undefined ? 'access d INDEXED BY access_at' : 'access_by d';
      return database
        .prepare(
          `SELECT a.line FROM ${table} CROSS JOIN access a ON a.id = d.id
           ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY d.at DESC, d.id DESC LIMIT ?`,
        )
        .all(...parameters, limit)
        .map(lineOf);
    },
  };
}

function instantOf(database: SqlDatabase, id: string): string {
  const at = database.prepare('SELECT at FROM access WHERE id = ?').get(id)?.['at'];
  if (at === undefined) throw new PhrError('invalid', 'The access line to continue from is not known');
  return String(at);
}
