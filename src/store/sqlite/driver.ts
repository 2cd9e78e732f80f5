import { DatabaseSync } from '@photostructure/sqlite';
import { PhrError } from '../../errors.js';

export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface SqlStatement {
  run(...parameters: readonly SqlValue[]): { readonly changes: number };
  get(...parameters: readonly SqlValue[]): SqlRow | undefined;
  all(...parameters: readonly SqlValue[]): readonly SqlRow[];
  /** Row by row; not to be begun again before it has ended. */
  iterate(...parameters: readonly SqlValue[]): IterableIterator<SqlRow>;
}

/**
 * The few things that this engine asks of a SQLite library, in the shape of `node:sqlite`, so that the built-in can replace the
 * package. Synchronous; one connection belongs to one thread.
 */
export interface SqlDatabase {
  exec(sql: string): void;
  /** Statements are kept by their text: the same text costs nothing the second time. */
  prepare(sql: string): SqlStatement;
  readonly inTransaction: boolean;
  close(): void;
}

export interface OpenDatabaseOptions {
  readonly path: string;
  readonly readOnly: boolean;
  /** How long a statement waits for another process's lock. */
  readonly busyTimeoutMs: number;
}

/** Texts of statements kept prepared; searches have many shapes. */
const STATEMENTS_KEPT = 500;

/**
 * Opens a connection whose statements refuse what the library would bend: `undefined` and Date become NULL there, text is cut at NUL.
 */
export function openDatabase({ path, readOnly, busyTimeoutMs }: OpenDatabaseOptions): SqlDatabase {
  const database = new DatabaseSync(path, { readOnly, timeout: busyTimeoutMs });
  const statements = new Map<string, SqlStatement>();
  return {
    exec: (sql) => {
      database.exec(sql);
    },
    prepare(sql) {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const prepared = database.prepare(sql);
      const statement: SqlStatement = {
        run: (...parameters) => prepared.run(...checked(parameters)),
        get: (...parameters) => prepared.get(...checked(parameters)) as SqlRow | undefined,
        all: (...parameters) => prepared.all(...checked(parameters)) as SqlRow[],
        iterate: (...parameters) => prepared.iterate(...checked(parameters)) as IterableIterator<SqlRow>,
      };
      if (statements.size >= STATEMENTS_KEPT) statements.clear();
      statements.set(sql, statement);
      return statement;
    },
    get inTransaction() {
      return database.isTransaction;
    },
    close: () => {
      statements.clear();
      database.close();
    },
  };
}

function checked(parameters: readonly SqlValue[]): readonly SqlValue[] {
  for (const parameter of parameters as readonly unknown[]) {
    switch (typeof parameter) {
      case 'string':
        if (parameter.includes('\0')) throw new PhrError('invalid', 'Text with a NUL character cannot be stored or looked up');
        break;
      case 'number':
        if (Number.isNaN(parameter)) throw new TypeError('A parameter of a statement is not a number');
        break;
      case 'bigint':
        break;
      default:
        if (parameter !== null && !(parameter instanceof Uint8Array)) {
          throw new TypeError(`A parameter of a statement is ${parameter instanceof Date ? 'a Date' : typeof parameter}`);
        }
    }
  }
  return parameters;
}

/** Result code of the library for a failed statement (`SQLITE_FULL` …); undefined for any other error. */
export function sqliteCodeOf(error: unknown): string | undefined {
  const name = (error as { readonly sqliteCodeName?: unknown } | null)?.sqliteCodeName;
  return typeof name === 'string' ? name : undefined;
}
