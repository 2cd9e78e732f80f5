import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readConfig } from '../config.js';
import { makeSubmitClient } from './submit-client.js';
import { SUBMIT_USAGE, readSubmitWords, runSubmit } from './submit-command.js';
import { openSubmitJournal } from './submit-journal.js';
import { chooseSender } from './submit-sign-in.js';

/** `npm run submit -- FILE|FOLDER…`: interfaces.md §1 and §3. */
const words = readSubmitWords(process.argv.slice(2));
if (words === undefined) {
  console.error(SUBMIT_USAGE);
  process.exit(2);
}
const file = words.signIns ?? join(readConfig().store.dataDir, 'sign-ins.json');
const sender = chooseSender(readSignInsFile(file), words.as);
if (typeof sender === 'string') {
  console.error(`${file}: ${sender}`);
  process.exit(2);
}
const journal = openSubmitJournal(words.journal ?? join(dirname(file), 'submit-journal.ndjson'), sender);
process.exitCode = await runSubmit(makeSubmitClient(sender), journal, words, {
  out: (line) => console.log(line),
  note: (line) => console.error(line),
});

function readSignInsFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
