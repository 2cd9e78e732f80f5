import type { ErrorIssue } from '../../errors.js';
import { PhrError } from '../../errors.js';
import type { SheetTemplate } from './template.js';

/** Separators that spreadsheets write. */
const SEPARATORS = [',', ';', '\t'] as const;

/** The separator that the header row uses: the one that it holds most of. */
export function separatorOf(header: string): string {
  const counts = SEPARATORS.map((separator) => header.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/**
 * The columns of the header row, in its order.
 *
 * @throws PhrError `malformed` with one issue for every column that is missing, unknown or twice there. What an unknown column says is not
 *   repeated: a file without header row has a person there.
 */
export function readHeader(cells: readonly string[], template: SheetTemplate): readonly string[] {
  const names = cells.map((cell) => cell.normalize('NFC').trim().toLowerCase());
  while (names.at(-1) === '') names.pop();
  const issues: ErrorIssue[] = [];
  names.forEach((name, index) => {
    const known = template.columns.some((column) => column.name === name);
    if (!known) issues.push({ code: 'value', text: `Cột thứ ${index + 1} không có trong mẫu` });
    else if (names.indexOf(name) !== index) issues.push({ code: 'duplicate', text: `Cột "${name}" có hai lần` });
  });
  for (const column of template.columns) {
    if (column.required && !names.includes(column.name)) {
      issues.push({ code: 'required', text: `Thiếu cột bắt buộc "${column.name}" (${column.label})` });
    }
  }
  if (issues.length > 0) {
    const expected = template.columns.map(({ name, required }) => (required ? `${name}*` : name)).join(', ');
    throw new PhrError('malformed', `Dòng tiêu đề không đúng mẫu ${template.name}; các cột (* bắt buộc): ${expected}`, issues);
  }
  return names;
}
