import { BLOOD_PRESSURE_GLUCOSE } from '../../../src/intake/sheet/template.js';
import { resident } from './visit-files.js';

const COLUMNS = BLOOD_PRESSURE_GLUCOSE.columns.map(({ name }) => name);

/** A sheet of one screening: the residents of these numbers, a row each, all different people. */
export function screeningSheet(first: number, count: number): string {
  const rows = Array.from({ length: count }, (_, index) => rowOf(first + index));
  const lines = rows.map((row) => COLUMNS.map((column) => row[column] ?? '').join(','));
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

function rowOf(index: number): Readonly<Record<string, string>> {
  const { nationalId, insuranceCard, name, birthDate, phone } = resident(index);
  return {
    ma_phieu: `SL-${String(index)}`,
    ho_ten: name,
    ngay_sinh: `${birthDate.slice(6)}/${birthDate.slice(4, 6)}/${birthDate.slice(0, 4)}`,
    gioi_tinh: 'Nữ',
    so_cccd: nationalId,
    ma_the_bhyt: insuranceCard,
    dien_thoai: phone,
    ma_xa: '22651',
    ngay_do: `${String((index % 28) + 1).padStart(2, '0')}/06/2026`,
    ha_tam_thu: String(110 + (index % 60)),
    ha_tam_truong: String(60 + (index % 40)),
    mach: String(60 + (index % 30)),
    duong_huyet: `5.${String(index % 10)}`,
    don_vi: 'mmol/L',
    thoi_diem: 'lúc đói',
  };
}
