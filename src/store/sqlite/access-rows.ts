import { PhrError } from '../../errors.js';
import type { AccessLine, AccessQuery, AccessReads } from '../access-log.js';
import type { SqlDatabase, SqlRow, SqlValue } from './driver.js';
import { hashedNames } from '../keyed-hash.js';
import type { KeyedHash } from '../keyed-hash.js';

const lineOf = (row: SqlRow): AccessLine => JSON.parse(String(row['line'])) as AccessLine;

interface Part {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/**
 * Lines by (at, id), newest first: those that are indexed already out of the index of the rarest thing asked (reference, patient, agent, or
 * time alone), and those of the tail, which is looked through. One statement, so that a line that is folded meanwhile is seen once.
 */
export function makeAccessReads(database: SqlDatabase, hash: KeyedHash): AccessReads {
  return {
    async accessLine(id) {
      const row = database
        .prepare('SELECT line FROM access_tail WHERE id = ? UNION ALL SELECT line FROM access WHERE id = ?')
        .get(id, id);
      return row === undefined ? undefined : lineOf(row);
    },
    async accessLines(query) {
      const window = windowOf(database, query);
      const indexed = indexedLines(query, window, hash);
      const tail = tailLines(query, window);
      return database
        .prepare(
          `SELECT line FROM (SELECT * FROM (${indexed.sql}) UNION ALL SELECT * FROM (${tail.sql}))
           ORDER BY at DESC, id DESC LIMIT ?`,
        )
        .all(...indexed.parameters, ...tail.parameters, query.limit)
        .map(lineOf);
    },
  };
}

/** Conditions on `d.at` and `d.id`, of either part. */
function windowOf(database: SqlDatabase, { before, from, to }: AccessQuery): readonly Part[] {
  return [
    ...(before === undefined ? [] : [{ sql: '(d.at, d.id) < (?, ?)', parameters: [instantOf(database, before), before] }]),
    ...(from === undefined ? [] : [{ sql: 'd.at >= ?', parameters: [from] }]),
    ...(to === undefined ? [] : [{ sql: 'd.at < ?', parameters: [to] }]),
  ];
}

/** Conditions on the text of the line `a`, of either part. */
const wordsOf = ({ interaction, action }: AccessQuery): readonly Part[] => [
  ...(interaction === undefined ? [] : [{ sql: `json_extract(a.line, '$.interaction') = ?`, parameters: [interaction] }]),
  ...(action === undefined ? [] : [{ sql: `json_extract(a.line, '$.action') = ?`, parameters: [action] }]),
];

const isListed = (list: 'patients' | 'what', value: string | undefined): readonly Part[] =>
  value === undefined
    ? []
    : [{ sql: `EXISTS (SELECT 1 FROM json_each(a.line, '$.${list}') WHERE value = ?)`, parameters: [value] }];

function indexedLines(query: AccessQuery, window: readonly Part[], hash: KeyedHash): Part {
  const { patient, agentId, reference } = query;
  const keys = [
    ...(reference === undefined ? [] : [hash.term(hashedNames.accessReference(reference))]),
    ...(patient === undefined ? [] : [hash.term(hashedNames.accessPatient(patient))]),
    ...(agentId === undefined ? [] : [hash.term(hashedNames.accessAgent(agentId))]),
  ];
  const [first, ...others] = keys;
  return selected(first === undefined ? 'access d INDEXED BY access_at' : 'access_by d', 'access', query.limit, [
    ...(first === undefined ? [] : [{ sql: 'd.h = ?', parameters: [first] }]),
    ...others.map((key) => ({
      sql: 'EXISTS (SELECT 1 FROM access_by WHERE h = ? AND at = d.at AND id = d.id)',
      parameters: [key],
    })),
    ...window,
    ...wordsOf(query),
    // The hashes are re-checked, as everywhere.
    ...isListed('patients', patient),
  ]);
}

function tailLines(query: AccessQuery, window: readonly Part[]): Part {
  const { patient, agentId, reference } = query;
  return selected('access_tail d', 'access_tail', query.limit, [
    ...window,
    ...(agentId === undefined ? [] : [{ sql: `json_extract(a.line, '$.agent.id') = ?`, parameters: [agentId] }]),
    ...wordsOf(query),
    ...isListed('patients', patient),
    ...isListed('what', reference),
  ]);
}

/** Rows of `a` (a table of lines) in the order of `d`, the first `limit` that meet the conditions. */
function selected(d: string, a: string, limit: number, conditions: readonly Part[]): Part {
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
  return {
    sql: `SELECT a.line, d.at, d.id FROM ${d} CROSS JOIN ${a} a ON a.id = d.id ${where} ORDER BY d.at DESC, d.id DESC LIMIT ?`,
    parameters: [...conditions.flatMap(({ parameters }) => parameters), limit],
  };
}

function instantOf(database: SqlDatabase, id: string): string {
  const row = database
    .prepare('SELECT at FROM access_tail WHERE id = ? UNION ALL SELECT at FROM access WHERE id = ?')
    .get(id, id);
  if (row === undefined) throw new PhrError('invalid', 'The access line to continue from is not known');
  return String(row['at']);
}
