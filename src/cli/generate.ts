import { GENERATE_USAGE, readGenerateWords, writeCommune } from './generate-command.js';
import { makeProgressLine } from './progress-line.js';

/** `npm run generate -- --persons N --seed S --out FOLDER`: interfaces.md §1. */
const words = readGenerateWords(process.argv.slice(2));
if (words === undefined) {
  console.error(GENERATE_USAGE);
  process.exit(2);
}
const show = makeProgressLine(process.stderr, 'Tạo dân số mẫu');
const { files, records, persons } = await writeCommune(words, (made) => show(made, words.persons));
console.error(`${persons} người, ${files} tệp, ${records} bản ghi nguồn trong ${words.out}`);
