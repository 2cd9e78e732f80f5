import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomUUID } from 'node:crypto';
import { makeLines } from '../access/audit/lines.js';
import { makeAccessLineId } from '../access/audit/access-line-id.js';
import { readConfig, type Config } from '../config.js';
import { bulkLoad, BULK_RECENT_VISITS } from '../record/bulk/bulk-load.js';
import { startSqliteWriter, type SqliteWriter } from '../store/sqlite/writer.js';
import { composeRecord } from '../worker-composition.js';
import { BULK_CLIENT, bulkFiles, describeLoad, intakeFiles, LOAD_USAGE, readLoadWords } from './load-command.js';
import { makeProgressLine } from './progress-line.js';

/**
 * `npm run load -- FOLDER… [--facility CODE]`: fills the store with intake files, without a service. Prints `record hash <sha-256>` last.
 * Exit status: 0 all taken in, 1 a file was turned away or a job failed, 2 the words are not understood.
 */
const words = readLoadWords(process.argv.slice(2));
if (words === undefined) {
  console.error(LOAD_USAGE);
  process.exit(2);
}
let total = 0;
for await (const _file of intakeFiles(words)) total += 1;

const config = readConfig();
const writer = await startBulkWriter(config);
try {
  const parts = await composeRecord(config, { writer, recentVisits: BULK_RECENT_VISITS });
  const linesOf = makeLines({ now: () => new Date(), lineId: makeAccessLineId() });
  const caller = {
    agent: { kind: 'system', id: BULK_CLIENT, role: 'operator', display: 'Nạp ban đầu' },
    role: 'operator',
    scopes: [],
    requestId: randomUUID(),
    purpose: 'HOPERAT',
  } as const;
  const show = makeProgressLine(process.stderr, 'Nạp tệp');
  const result = await bulkLoad(
    { store: parts.store, room: parts.room, formats: Object.values(parts.formats), limits: config.intake },
    bulkFiles(intakeFiles(words)),
    {
      progress: ({ stage, done }) => {
        if (stage === 'files') show(done, total);
      },
      access: (what) => linesOf(caller, { action: 'C', interaction: 'intake', outcome: '0', patients: [], what }),
    },
  );
  console.error(describeLoad(result));
  console.log(`record hash ${await parts.room.recordHash()}`);
  await parts.close();
  process.exitCode = result.turnedAway.length > 0 || result.failed > 0 ? 1 : 0;
} finally {
  await writer?.close();
}

/** Flushes at checkpoints only; MongoDB has no writer of ours. */
async function startBulkWriter({ store }: Config): Promise<SqliteWriter | undefined> {
  if (store.engine !== 'sqlite') return undefined;
  mkdirSync(dirname(store.path), { recursive: true, mode: 0o700 });
  return startSqliteWriter({ path: store.path, bulk: true });
}
