import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { readConfig } from '../config.js';
import { isPhrError } from '../errors.js';
import { makeResourceCodec } from '../fhir/search/codec.js';
import type { Section } from '../store/moving.js';
import { loadMasterKey } from '../store/master-key.js';
import { deriveKey } from '../store/sealing.js';
import { move, MOVE_USAGE, readMoveWords } from './move-command.js';

/**
 * `npm run move -- [--from STORE] [--to STORE]`: docs/operations.md, "From SQLite to MongoDB and back". Prints `record hash <sha-256>` last.
 * Exit status: 0 moved and equal, 1 not moved, or the hashes differ, 2 the words are not understood.
 */
const words = readMoveWords(process.argv.slice(2));
if (words === undefined) {
  console.error(MOVE_USAGE);
  process.exit(2);
}
const config = readConfig();
const { from = config.store, to = config.store, check } = words;
if (to.engine === 'sqlite') mkdirSync(dirname(to.path), { recursive: true, mode: 0o700 });
let shown: Section | undefined;
try {
  const { source, target } = await move(
    { from, to, check },
    {
      codec: makeResourceCodec(),
      // Never made here: with another key than the source's nothing would be found.
      termKey: deriveKey(loadMasterKey({ file: config.secrets.masterKeyFile, create: false }), 'index-terms'),
      progress: ({ section, rows }) => {
        if (process.stderr.isTTY)
          process.stderr.write(`${section === shown || shown === undefined ? '\r' : '\n'}${section}: ${rows} `);
        else if (section !== shown) process.stderr.write(`${section}\n`);
        shown = section;
      },
    },
  );
  if (process.stderr.isTTY && shown !== undefined) process.stderr.write('\n');
  if (source !== target) {
    console.error(`the record of the source has the hash ${source}, that of the target another`);
    process.exitCode = 1;
  }
  console.log(`record hash ${target}`);
} catch (error) {
  if (!isPhrError(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
