import { crc32, deflateRawSync } from 'node:zlib';
import { SHEET_COLUMNS, GOOD_ROW } from './sheet-file.js';

/** A cell as a spreadsheet stores it: text, or a stored number with a style (0 General, 1 dd/mm/yyyy built in, 2 `0000`, 3 `yyyy`), or XML. */
export type TestCell = string | { readonly number: string; readonly style?: number } | { readonly xml: string } | undefined;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export interface TestPart {
  readonly name: string;
  readonly content: string | Buffer;
  /** What the directory says of the unpacked size; default: the truth. */
  readonly claimedLength?: number;
  readonly flags?: number;
}

/** A ZIP file of deflated parts. */
export function zipOf(parts: readonly TestPart[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claimedLength, flags = 0 } of parts) {
    const bytes = Buffer.from(content);
    const packed = deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claimedLength ?? bytes.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), common, tail, Buffer.from(name)]));
    const body = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, Buffer.from(name), packed]);
    bodies.push(body);
    offset += body.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

const columnName = (index: number): string =>
  (index >= 26 ? String.fromCharCode(64 + Math.floor(index / 26)) : '') + String.fromCharCode(65 + (index % 26));

export interface WorkbookOptions {
  readonly is1904?: boolean;
  /** Names of further sheets, all empty; a name that begins with `-` is hidden. */
  readonly otherSheets?: readonly string[];
  readonly extraParts?: readonly TestPart[];
}

/** The parts of a workbook with one sheet of these rows; texts are shared strings, as spreadsheets write them. */
export function workbookParts(rows: readonly (readonly TestCell[])[], options: WorkbookOptions = {}): readonly TestPart[] {
  const strings: string[] = [];
  const cellOf = (cell: TestCell, place: string): string => {
    if (cell === undefined) return '';
    if (typeof cell === 'string') {
      strings.push(cell);
      return `<c r="${place}" t="s"><v>${String(strings.length - 1)}</v></c>`;
    }
    if ('xml' in cell) return cell.xml.replace('<c', `<c r="${place}"`);
    return `<c r="${place}" s="${String(cell.style ?? 0)}"><v>${cell.number}</v></c>`;
  };
  const data = rows.map((cells, at) => {
    const content = cells.map((cell, index) => cellOf(cell, `${columnName(index)}${String(at + 1)}`)).join('');
    return `<row r="${String(at + 1)}">${content}</row>`;
  });
  const others = options.otherSheets ?? [];
  const sheets = ['Trang1', ...others].map((name, index) => {
    const state = name.startsWith('-') ? ' state="hidden"' : '';
    return `<sheet name="${name}" sheetId="${String(index + 1)}"${state} r:id="rId${String(index + 1)}"/>`;
  });
  const relationship = (id: string, type: string, target: string): string =>
    `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/>`;
  const empty = '<worksheet><sheetData/></worksheet>';
  return [
    {
      name: '_rels/.rels',
      content: `<Relationships>${relationship('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    },
    {
      name: 'xl/workbook.xml',
      content:
        `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><workbook xmlns:r="r"><workbookPr${options.is1904 === true ? ' date1904="1"' : ''}/>` +
        `<sheets>${sheets.join('')}</sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content:
        `<Relationships>${sheets.map((_, index) => relationship(`rId${String(index + 1)}`, 'worksheet', `worksheets/sheet${String(index + 1)}.xml`)).join('')}` +
        `${relationship('rId90', 'sharedStrings', '/xl/sharedStrings.xml')}${relationship('rId91', 'styles', 'styles.xml')}</Relationships>`,
    },
    {
      name: 'xl/styles.xml',
      content:
        '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="0000"/><numFmt numFmtId="165" formatCode="yyyy"/></numFmts>' +
        '<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>' +
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>',
    },
    { name: 'xl/worksheets/sheet1.xml', content: `<worksheet><sheetData>${data.join('')}</sheetData></worksheet>` },
    ...others.map((_, index) => ({ name: `xl/worksheets/sheet${String(index + 2)}.xml`, content: empty })),
    { name: 'xl/sharedStrings.xml', content: `<sst>${strings.map((text) => `<si><t>${escaped(text)}</t></si>`).join('')}</sst>` },
    ...(options.extraParts ?? []),
  ];
}

/** A workbook of rows that differ from the good one, below the header row. */
export function aWorkbook(rows: readonly Readonly<Record<string, TestCell>>[], options: WorkbookOptions = {}): Buffer {
  const cells = rows.map((row) => SHEET_COLUMNS.map((name) => (name in row ? row[name] : GOOD_ROW[name])));
  return zipOf(workbookParts([SHEET_COLUMNS, ...cells], options));
}
