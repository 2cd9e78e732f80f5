import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../support/project-root.js';

const SAMPLE = '01-tang-huyet-ap-ngoai-tru-tram-y-te';
/** The facility that the sample's visits are from. */
export const FACILITY = '56901';

/** A made-up resident of the sample's commune: numbers are counted up. */
export interface Resident {
  readonly nationalId: string;
  readonly insuranceCard: string;
  readonly name: string;
  readonly birthDate: string;
  readonly phone: string;
}

const FAMILY = ['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng', 'Phan', 'Vũ', 'Đặng', 'Bùi', 'Đỗ', 'Hồ', 'Ngô'];
const MIDDLE = ['Thị', 'Thị Ngọc', 'Thị Thu', 'Thị Kim', 'Thị Mỹ', 'Hoài', 'Thanh', 'Bích'];
const GIVEN = [
  'An',
  'Bình',
  'Cúc',
  'Dung',
  'Đào',
  'Giang',
  'Hà',
  'Hạnh',
  'Hoa',
  'Hương',
  'Lan',
  'Liên',
  'Mai',
  'Nga',
  'Phượng',
  'Thảo',
  'Trang',
  'Xuân',
  'Yến',
];

/** The resident of that number, always the same. Names repeat as names do; numbers never. */
export function resident(index: number): Resident {
  const pick = (words: readonly string[], step: number): string => words[Math.floor(index / step) % words.length] ?? '';
  const number = String(index).padStart(6, '0');
  const year = 1930 + ((index * 7) % 75);
  const day = (index % 28) + 1;
  const month = ((index * 5) % 12) + 1;
  return {
    // Fourth digit: women of the twentieth century 1, of the twenty-first 3.
    nationalId: `056${year < 2_000 ? '1' : '3'}${String(year).slice(2)}${number}`,
    insuranceCard: `HT356569${String(index).padStart(7, '0')}`,
    name: `${pick(FAMILY, 1)} ${pick(MIDDLE, FAMILY.length)} ${pick(GIVEN, 3)}`,
    birthDate: `${String(year)}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}`,
    phone: `0900${number}`,
  };
}

/** Tables of the sample as sent, by type. */
function sampleTables(): ReadonlyMap<string, string> {
  const folder = join(projectRoot, 'tests', 'fixtures', 'bhyt-xml', SAMPLE);
  const names = readdirSync(folder).filter((name) => /^XML\d+\.xml$/.test(name));
  return new Map(names.map((name) => [name.replace('.xml', ''), readFileSync(join(folder, name), 'utf8')]));
}

/**
 * Makes files of the sample visit for other people and days; two equal visits give the same bytes.
 *
 * @param types tables that a visit has, e.g. `XML1`; absent = all of the sample
 */
export function makeVisitFiles(types?: readonly string[]): {
  readonly file: (visits: readonly { readonly person: number; readonly repeat: number }[]) => string;
} {
  const tables = [...sampleTables()].filter(([type]) => types === undefined || types.includes(type));
  const visit = (person: number, repeat: number): string => {
    const { nationalId, insuranceCard, name, birthDate, phone } = resident(person);
    const month = String((repeat % 12) + 1).padStart(2, '0');
    const day = String(((person + repeat) % 27) + 1).padStart(2, '0');
    const year = String(2026 - Math.floor(repeat / 12));
    const varied = (text: string): string =>
      text
        .replaceAll('56901.2603.000117', `56901.${String(person)}.${String(repeat)}`)
        .replaceAll('056158000117', nationalId)
        .replaceAll('HT3565690000117', insuranceCard)
        .replaceAll('Nguyễn Thị Thử Nghiệm', name)
        .replaceAll('195803120000', `${birthDate}0000`)
        .replaceAll('0900000117', phone)
        .replaceAll('TYT0000117', `TYT${String(person).padStart(7, '0')}`)
        .replaceAll('20260316', `${year}${month}${day}`);
    const files = tables.map(([type, text]) => {
      const content = Buffer.from(varied(text), 'utf8').toString('base64');
      return `<FILEHOSO><LOAIHOSO>${type}</LOAIHOSO><NOIDUNGFILE>${content}</NOIDUNGFILE></FILEHOSO>`;
    });
    return `<HOSO>${files.join('')}</HOSO>`;
  };
  return {
    file: (visits) =>
      `<?xml version="1.0" encoding="utf-8"?>
<GIAMDINHHS><THONGTINDONVI><MACSKCB>${FACILITY}</MACSKCB></THONGTINDONVI><THONGTINHOSO><NGAYLAP>20260316</NGAYLAP>
<SOLUONGHOSO>${String(visits.length)}</SOLUONGHOSO><DANHSACHHOSO>
${visits.map(({ person, repeat }) => visit(person, repeat)).join('\n')}
</DANHSACHHOSO></THONGTINHOSO></GIAMDINHHS>`,
  };
}
