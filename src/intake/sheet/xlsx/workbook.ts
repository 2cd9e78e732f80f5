import { posix } from 'node:path';
import { PhrError } from '../../../errors.js';
import { dateText, numberCellText, numberFormOf, type NumberForm } from './cell-text.js';
import { scanXml } from './scan-xml.js';
import { openZip, type ZipParts } from './zip-parts.js';

/** Columns that are read; a template has some fifteen. */
export const MAX_COLUMNS = 256;
/** Characters of a cell that are read: more than what a spreadsheet holds in one (32,767). */
const MAX_CELL_CHARACTERS = 40_000;

/**
 * What a cell was besides its text. `number`: stored as a number, so zeros in front are lost. `formatted`: a number shown in a form of its
 * own (`0000`), which the text does not follow. `date`: a number shown as a date. `formula`: what it last gave; it is never evaluated.
 */
export type CellMark = 'number' | 'formatted' | 'date' | 'formula';

export interface SheetCell {
  readonly text: string;
  readonly mark?: CellMark;
}

export interface Worksheet {
  /** How many sheets of the file can be seen; the first of them is read. */
  readonly visibleSheets: number;
  /**
   * Rows in their order, blank ones too where the file says so; a cell without content is `{ text: '' }`. `take` returns `'enough'` to stop.
   * @throws PhrError `malformed`
   */
  eachRow(take: (cells: readonly SheetCell[]) => 'enough' | undefined): void;
}

/** Opens an XLSX workbook (ECMA-376 part 1, SpreadsheetML). Pure. @throws PhrError `malformed` | `too-large` */
export function openWorkbook(file: Uint8Array): Worksheet {
  const zip = openZip(file);
  const workbookName =
    relationships(zip, '_rels/.rels', '').find(({ type }) => type.endsWith('/officeDocument'))?.target ?? 'xl/workbook.xml';
  const folder = posix.dirname(workbookName);
  const links = relationships(zip, `${folder}/_rels/${posix.basename(workbookName)}.rels`, folder);
  const partOf = (kind: string): Buffer | undefined => {
    const name = links.find(({ type }) => type.endsWith(`/${kind}`))?.target;
    return name === undefined ? undefined : zip.read(name);
  };
  const { sheets, is1904 } = sheetsOf(zip, workbookName);
  const visible = sheets.filter(({ isHidden }) => !isHidden);
  const target = links.find(({ id }) => id === visible[0]?.relationship)?.target;
  const sheet = target === undefined ? undefined : zip.read(target);
  if (sheet === undefined) throw new PhrError('malformed', 'Tệp Excel không có trang tính nào đọc được');
  const strings = stringsOf(partOf('sharedStrings'));
  const forms = formsOf(partOf('styles'));
  return {
    visibleSheets: visible.length,
    eachRow: (take) => {
      scanRows(sheet, { strings, forms, is1904 }, take);
    },
  };
}

interface Relationship {
  readonly id: string;
  readonly type: string;
  /** Name of the part. */
  readonly target: string;
}

function relationships(zip: ZipParts, name: string, folder: string): readonly Relationship[] {
  const found: Relationship[] = [];
  const part = zip.read(name);
  if (part === undefined) return found;
  scanXml(part, {
    open(element, attribute) {
      const [id, type, target] = [attribute('Id'), attribute('Type'), attribute('Target')];
      if (element !== 'Relationship' || id === undefined || type === undefined || target === undefined) return;
      if (attribute('TargetMode') === 'External') return;
      found.push({ id, type, target: target.startsWith('/') ? target.slice(1) : posix.join(folder, target) });
    },
  });
  return found;
}

function sheetsOf(zip: ZipParts, name: string) {
  const part = zip.read(name);
  if (part === undefined) throw new PhrError('malformed', 'Tệp nén này không phải bảng Excel (.xlsx)');
  const sheets: { relationship: string; isHidden: boolean }[] = [];
  let is1904 = false;
  scanXml(part, {
    open(element, attribute) {
      if (element === 'workbookPr') is1904 = ['1', 'true'].includes(attribute('date1904') ?? '');
      // `r:id`, whatever the prefix; `sheetId` is another thing.
      if (element === 'sheet') {
        sheets.push({ relationship: attribute('id') ?? '', isHidden: (attribute('state') ?? 'visible') !== 'visible' });
      }
    },
  });
  return { sheets, is1904 };
}

/** Texts that cells refer to by position. Phonetic readings (`rPh`) are no part of them. */
function stringsOf(part: Buffer | undefined): readonly string[] {
  const strings: string[] = [];
  if (part === undefined) return strings;
  let text = '';
  let isText = false;
  let isPhonetic = false;
  scanXml(part, {
    open(name) {
      if (name === 'si') text = '';
      if (name === 'rPh') isPhonetic = true;
      isText = name === 't' && !isPhonetic;
    },
    text(piece) {
      if (isText) text += piece;
    },
    close(name) {
      if (name === 'si') strings.push(readable(text));
      if (name === 'rPh') isPhonetic = false;
      isText = false;
      return undefined;
    },
  });
  return strings;
}

/** `_x000D_` is how control characters are written (ECMA-376 part 1, §22.9.2.19). */
const readable = (text: string): string =>
  text
    .slice(0, MAX_CELL_CHARACTERS)
    .replace(/_x([0-9A-Fa-f]{4})_/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** Number form of each cell style. */
function formsOf(part: Buffer | undefined): readonly NumberForm[] {
  const codes = new Map<number, string>();
  const forms: NumberForm[] = [];
  if (part === undefined) return forms;
  let inCellFormats = false;
  scanXml(part, {
    open(name, attribute) {
      if (name === 'numFmt') codes.set(Number(attribute('numFmtId')), attribute('formatCode') ?? '');
      if (name === 'cellXfs') inCellFormats = true;
      if (name === 'xf' && inCellFormats) {
        const id = Number(attribute('numFmtId') ?? 0);
        forms.push(numberFormOf(id, codes.get(id)));
      }
    },
    close(name) {
      if (name === 'cellXfs') inCellFormats = false;
      return undefined;
    },
  });
  return forms;
}

interface SheetParts {
  readonly strings: readonly string[];
  readonly forms: readonly NumberForm[];
  readonly is1904: boolean;
}

interface OpenCell {
  readonly column: number;
  readonly type: string;
  readonly style: number;
  value: string;
  inline: string;
  isFormula: boolean;
}

function scanRows(sheet: Buffer, parts: SheetParts, take: (cells: readonly SheetCell[]) => 'enough' | undefined): void {
  let row: SheetCell[] = [];
  let cell: OpenCell | undefined;
  let into: 'value' | 'inline' | undefined;
  let isPhonetic = false;
  scanXml(sheet, {
    open(name, attribute) {
      if (name === 'row') row = [];
      else if (name === 'c') {
        cell = {
          column: columnOf(attribute('r')) ?? row.length,
          type: attribute('t') ?? 'n',
          style: Number(attribute('s') ?? 0),
          value: '',
          inline: '',
          isFormula: false,
        };
      } else if (name === 'f' && cell !== undefined) cell.isFormula = true;
      else if (name === 'rPh') isPhonetic = true;
      into = name === 'v' ? 'value' : name === 't' && !isPhonetic ? 'inline' : undefined;
    },
    text(piece) {
      if (cell !== undefined && into !== undefined && cell[into].length <= MAX_CELL_CHARACTERS) cell[into] += piece;
    },
    close(name) {
      into = undefined;
      if (name === 'rPh') isPhonetic = false;
      if (name === 'c' && cell !== undefined) {
        if (cell.column >= MAX_COLUMNS) throw new PhrError('too-large', `Trang tính có hơn ${MAX_COLUMNS} cột`);
        const content = contentOf(cell, parts);
        if (content.text !== '') {
          while (row.length < cell.column) row.push({ text: '' });
          row[cell.column] = content;
        }
        cell = undefined;
      }
      return name === 'row' ? take(row) : name === 'sheetData' ? 'enough' : undefined;
    },
  });
}

/** `C5` is column 2. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^([A-Z]{1,3})\d+$/.exec(reference ?? '')?.[1];
  if (letters === undefined) return undefined;
  return [...letters].reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function contentOf(cell: OpenCell, { strings, forms, is1904 }: SheetParts): SheetCell {
  const marked = (text: string, mark: CellMark): SheetCell => ({ text, mark: cell.isFormula ? 'formula' : mark });
  const plain = (text: string): SheetCell => (cell.isFormula ? { text, mark: 'formula' } : { text });
  switch (cell.type) {
    case 's':
      return plain(strings[Number(cell.value)] ?? '');
    case 'inlineStr':
      return plain(readable(cell.inline));
    case 'str':
    case 'e':
      return plain(readable(cell.value));
    case 'b':
      return plain(cell.value === '1' ? 'TRUE' : 'FALSE');
    case 'd':
      return marked(cell.value.replace(/^(\d{4})-(\d\d)-(\d\d)(T00:00(:00(\.0+)?)?)?$/, '$3/$2/$1'), 'date');
    default: {
      if (cell.value.trim() === '') return { text: '' };
      const form = forms[cell.style] ?? 'general';
      const number = numberCellText(cell.value);
      if (form === 'general') return marked(number, 'number');
      if (form === 'formatted') return marked(number, 'formatted');
      return marked(dateText(Number(cell.value), form, is1904) ?? number, 'date');
    }
  }
}
