import { isoOf, type Day } from './calendar.js';
import type { CommuneParameters } from './parameters.js';
import type { Person } from './people.js';
import type { Random } from './random.js';
import { stateIdentity, type StatedBirth } from './stated-identity.js';

/** Header of the sheet `blood-pressure-glucose`: interfaces.md §3. */
export const SHEET_COLUMNS = [
  'ma_phieu',
  'ho_ten',
  'ngay_sinh',
  'gioi_tinh',
  'so_cccd',
  'ma_the_bhyt',
  'dien_thoai',
  'ma_xa',
  'ngay_do',
  'ha_tam_thu',
  'ha_tam_truong',
  'mach',
  'duong_huyet',
  'don_vi',
  'thoi_diem',
] as const;

/** One measured person. */
export interface ScreeningRow {
  readonly slip: string;
  readonly person: Person;
  readonly cells: readonly string[];
}

/** Slashed date of Vietnamese sheets, or the year. */
const dateText = (birth: StatedBirth | undefined): string => {
  if (birth === undefined) return '';
  if (birth.month === undefined || birth.date === undefined) return String(birth.year);
  return `${String(birth.date).padStart(2, '0')}/${String(birth.month).padStart(2, '0')}/${birth.year}`;
};
const dayText = (day: Day): string => isoOf(day).split('-').reverse().join('/');

/** One row, typed by hand at the table: identity errors and the faults of the sheet itself. */
export function screeningRow(
  random: Random,
  person: Person,
  { slip, day, housemates }: { readonly slip: string; readonly day: Day; readonly housemates: readonly Person[] },
  parameters: CommuneParameters,
): ScreeningRow {
  const { sending } = parameters;
  const fault = (rate: number): boolean => random.chance(rate) && !person.spelledRight;
  const stated = stateIdentity(random, person, { kind: 'screening', day, housemates }, parameters);
  const high = person.illnesses.includes('hypertension');
  const pressures = [Math.round(random.around(high ? 146 : 124, 10)), Math.round(random.around(high ? 88 : 77, 5))];
  if (fault(sending.rowWithPressuresSwapped)) pressures.reverse();
  const glucose = Math.max(3.2, random.around(person.illnesses.includes('diabetes') ? 9.2 : 5.6, 0.8));
  const inMilligrams = random.chance(0.1);
  const glucoseText = inMilligrams ? (glucose * 18).toFixed(0) : glucose.toFixed(1);
  const cells: readonly string[] = [
    slip,
    stated.name,
    fault(sending.rowWithoutBirthDate) ? '' : dateText(stated.birth),
    stated.sex === 'male' ? 'Nam' : 'Nữ',
    stated.nationalId ?? '',
    stated.card ?? '',
    stated.phone ?? '',
    stated.communeCode,
    fault(sending.rowWithImpossibleDay) ? `31/02/${isoOf(day).slice(0, 4)}` : dayText(day),
    String(pressures[0]),
    String(pressures[1]),
    String(random.between(60, 96)),
    fault(sending.rowWithDecimalComma) ? glucoseText.replace('.', ',') : glucoseText,
    fault(sending.rowWithoutUnit) ? '' : inMilligrams ? 'mg/dL' : 'mmol/L',
    random.chance(0.8) ? 'lúc đói' : 'bất kỳ',
  ];
  return { slip, person, cells };
}

/** The sheet as spreadsheets save it: UTF-8 with byte order mark, CRLF. */
export function sheetFile(rows: readonly ScreeningRow[]): Uint8Array {
  const lines = [SHEET_COLUMNS as readonly string[], ...rows.map(({ cells }) => cells)].map((cells) => cells.map(cell).join(','));
  return Buffer.from(`\uFEFF${lines.join('\r\n')}\r\n`);
}

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
