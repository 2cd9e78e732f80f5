import { readConfig } from '../config.js';
import { composeRecord } from '../worker-composition.js';
import { runJobsCommand } from './jobs-command.js';

/** `npm run jobs -- list|requeue|discard …` */
const parts = await composeRecord(readConfig());
try {
  process.exitCode = await runJobsCommand(parts.store, process.argv.slice(2), (line) => {
    console.log(line);
  });
} finally {
  await parts.close();
}
