import { readConfig } from '../config.js';
import { isPhrError } from '../errors.js';
import { composeRecord } from '../worker-composition.js';

/**
 * `npm run migrate`: prepares the store that the environment names: on MongoDB the collections and their indexes, before any process of the
 * version starts; a SQLite file is brought up to date by whoever opens it, so here too. Safe to run again and beside a running service.
 * Exit status: 0 prepared, 1 it could not be.
 */
const config = readConfig();
try {
  if (config.store.engine === 'mongodb') await (await import('../store/mongo/migrate.js')).ensureIndexes(config.store.uri);
  // Opened once: the master key must be the one of the store.
  await (await composeRecord(config)).close();
  console.log('the store is prepared');
} catch (error) {
  if (!isPhrError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
