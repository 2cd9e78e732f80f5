import type { ParsedVisit, SenderContext } from '../../src/intake/parsed-visit.js';
import { makeSheetFormat } from '../../src/intake/sheet/sheet-format.js';
import { BLOOD_PRESSURE_GLUCOSE } from '../../src/intake/sheet/template.js';

export const sheetFormat = makeSheetFormat(BLOOD_PRESSURE_GLUCOSE);

export const SHEET_COLUMNS: readonly string[] = BLOOD_PRESSURE_GLUCOSE.columns.map(({ name }) => name);

/** A made-up row that is complete and without fault. */
export const GOOD_ROW: Readonly<Record<string, string>> = {
  ma_phieu: 'SL-001',
  ho_ten: 'Trần Thị Bé',
  ngay_sinh: '02/05/1960',
  gioi_tinh: 'Nữ',
  so_cccd: '056160000001',
  ma_the_bhyt: 'HT2569000000001',
  dien_thoai: '0901234567',
  ma_xa: '22330',
  ngay_do: '01/06/2026',
  ha_tam_thu: '150',
  ha_tam_truong: '95',
  mach: '80',
  duong_huyet: '7.20',
  don_vi: 'mmol/L',
  thoi_diem: 'lúc đói',
};

/** A sheet of rows that differ from the good one; `undefined` leaves the cell empty. */
export function aSheet(...rows: readonly Readonly<Record<string, string | undefined>>[]): string {
  const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = rows.map((row) => SHEET_COLUMNS.map((name) => cell((name in row ? row[name] : GOOD_ROW[name]) ?? '')).join(','));
  return `${[SHEET_COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

/** Reads every row of a sheet. */
export function readSheet(
  file: string | Uint8Array,
  sender: SenderContext = { clientId: 'client', facilityCode: '56901' },
): readonly ParsedVisit[] {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  const { segments, skeleton } = sheetFormat.cut(bytes, { maxBytes: bytes.length, maxVisits: 10_000 });
  const context = sheetFormat.readContext(skeleton);
  return segments.map((segment, index) => sheetFormat.parse(segment, index + 1, context, sender));
}
