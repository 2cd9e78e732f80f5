import { readEvaluationWords, EVALUATE_USAGE, runEvaluation } from './evaluate-matching-command.js';

/** `npm run evaluate:matching -- …`: docs/matching.md. */
const words = readEvaluationWords(process.argv.slice(2));
if (words === undefined) {
  console.error(EVALUATE_USAGE);
  process.exit(2);
}
process.exitCode = await runEvaluation(words, {
  out: (line) => console.log(line),
  note: (line) => console.error(line),
  now: () => performance.now(),
});
