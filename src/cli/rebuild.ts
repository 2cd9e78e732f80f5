import { readConfig } from '../config.js';
import { composeRecord } from '../worker-composition.js';

/**
 * `npm run rebuild -- [--person ID]`: prints the hash of the facts as stored, drops and recomputes what is derived from the sources, and
 * prints `record hash <sha-256>` last. Works beside a running service and when it is stopped.
 * Exit status: 0 equal, 1 the stored facts were not what the sources say (they are now), 2 the words are not understood.
 */
const words = process.argv.slice(2);
const personId = words[0] === '--person' && words.length === 2 ? words[1] : undefined;
if (words.length > 0 && personId === undefined) {
  console.error('Usage: npm run rebuild -- [--person ID]');
  process.exit(2);
}

const parts = await composeRecord(readConfig());
try {
  const isTerminal = process.stderr.isTTY;
  const { before, after } = await parts.room.rebuildAll({
    ...(personId === undefined ? {} : { personId }),
    onBefore: (hash) => {
      console.log(`stored hash ${hash}`);
    },
    progress: (stage, done) => {
      if (isTerminal) process.stderr.write(`\r${stage} ${String(done)}   `);
    },
  });
  if (isTerminal) process.stderr.write('\r');
  if (before !== after) console.log('the stored facts were not what the sources say: recomputed');
  console.log(`record hash ${after}`);
  process.exitCode = before === after ? 0 : 1;
} finally {
  await parts.close();
}
