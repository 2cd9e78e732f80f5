/** What a column holds; decides how a cell is read. */
export type ColumnKind =
  | 'slip-number'
  | 'name'
  | 'birth-date'
  | 'sex'
  | 'national-id'
  | 'insurance-card'
  | 'phone'
  | 'commune'
  | 'event-date'
  /** Read by one of the template's observations. */
  | 'measured';

export interface SheetColumn {
  /** Header, lower case. */
  readonly name: string;
  readonly label: string;
  readonly kind: ColumnKind;
  readonly required: boolean;
}

/** One coded number. */
export interface MeasuredQuantity {
  readonly column: string;
  /** LOINC. */
  readonly code: string;
  readonly display: string;
  /** What people read. */
  readonly text: string;
  readonly unit: string;
  /** UCUM. */
  readonly ucum: string;
  /** Outside of it a typing error is likely: a warning, never a change. */
  readonly plausible: readonly [from: number, to: number];
}

/** What one row becomes beside the Patient and the Encounter. */
export type SheetObservation =
  | { readonly form: 'quantity'; readonly id: string; readonly category: string; readonly quantity: MeasuredQuantity }
  | {
      readonly form: 'panel';
      readonly id: string;
      readonly category: string;
      readonly code: string;
      readonly display: string;
      readonly text: string;
      readonly components: readonly MeasuredQuantity[];
    }
  | {
      /** The unit stands in a column of its own and decides the code; without it the value is kept and shown as sent, not coded. */
      readonly form: 'quantity-with-unit-column';
      readonly id: string;
      readonly category: string;
      readonly text: string;
      readonly column: string;
      readonly unitColumn: string;
      readonly units: readonly Omit<MeasuredQuantity, 'column'>[];
      /** A circumstance, kept as sent. */
      readonly timing: { readonly column: string; readonly text: string };
    };

/** A sheet as data: a new template is a new value of this type. */
export interface SheetTemplate {
  /** As in the door's address. */
  readonly name: string;
  /** Type of the Encounter. */
  readonly label: string;
  readonly columns: readonly SheetColumn[];
  readonly observations: readonly SheetObservation[];
}

const optional = (name: string, label: string, kind: ColumnKind): SheetColumn => ({ name, label, kind, required: false });
const required = (name: string, label: string, kind: ColumnKind): SheetColumn => ({ name, label, kind, required: true });

/** Screening of blood pressure and glucose: interfaces.md §3. */
export const BLOOD_PRESSURE_GLUCOSE: SheetTemplate = {
  name: 'blood-pressure-glucose',
  label: 'Sàng lọc huyết áp, đường huyết',
  columns: [
    required('ma_phieu', 'Mã phiếu', 'slip-number'),
    required('ho_ten', 'Họ và tên', 'name'),
    required('ngay_sinh', 'Ngày sinh', 'birth-date'),
    required('gioi_tinh', 'Giới tính', 'sex'),
    optional('so_cccd', 'Số căn cước', 'national-id'),
    optional('ma_the_bhyt', 'Mã thẻ BHYT', 'insurance-card'),
    optional('dien_thoai', 'Điện thoại', 'phone'),
    optional('ma_xa', 'Mã xã', 'commune'),
    required('ngay_do', 'Ngày đo', 'event-date'),
    optional('ha_tam_thu', 'Huyết áp tâm thu', 'measured'),
    optional('ha_tam_truong', 'Huyết áp tâm trương', 'measured'),
    optional('mach', 'Mạch', 'measured'),
    optional('duong_huyet', 'Đường huyết', 'measured'),
    optional('don_vi', 'Đơn vị đường huyết', 'measured'),
    optional('thoi_diem', 'Thời điểm đo đường huyết', 'measured'),
  ],
  observations: [
    {
      form: 'panel',
      id: 'blood-pressure',
      category: 'vital-signs',
      code: '85354-9',
      display: 'Blood pressure panel with all children optional',
      text: 'Huyết áp',
      components: [
        {
          column: 'ha_tam_thu',
          code: '8480-6',
          display: 'Systolic blood pressure',
          text: 'Tâm thu',
          unit: 'mmHg',
          ucum: 'mm[Hg]',
          plausible: [60, 280],
        },
        {
          column: 'ha_tam_truong',
          code: '8462-4',
          display: 'Diastolic blood pressure',
          text: 'Tâm trương',
          unit: 'mmHg',
          ucum: 'mm[Hg]',
          plausible: [30, 160],
        },
      ],
    },
    {
      form: 'quantity',
      id: 'pulse',
      category: 'vital-signs',
      quantity: {
        column: 'mach',
        code: '8867-4',
        display: 'Heart rate',
        text: 'Mạch',
        unit: 'lần/phút',
        ucum: '/min',
        plausible: [30, 220],
      },
    },
    {
      form: 'quantity-with-unit-column',
      id: 'glucose',
      category: 'laboratory',
      text: 'Đường huyết',
      column: 'duong_huyet',
      unitColumn: 'don_vi',
      units: [
        {
          code: '15074-8',
          display: 'Glucose [Moles/volume] in Blood',
          text: 'Đường huyết',
          unit: 'mmol/L',
          ucum: 'mmol/L',
          plausible: [1, 50],
        },
        {
          code: '2339-0',
          display: 'Glucose [Mass/volume] in Blood',
          text: 'Đường huyết',
          unit: 'mg/dL',
          ucum: 'mg/dL',
          plausible: [20, 900],
        },
      ],
      timing: { column: 'thoi_diem', text: 'Thời điểm đo' },
    },
  ],
};

/** Every template of the sheet door. */
export const SHEET_TEMPLATES: readonly SheetTemplate[] = [BLOOD_PRESSURE_GLUCOSE];

/** The empty sheet of `GET /intake/sheet/{template}`: UTF-8 with byte order mark (so that spreadsheets read the accents), one header row. */
export const emptySheetOf = (template: SheetTemplate): Uint8Array =>
  new TextEncoder().encode(`\uFEFF${template.columns.map(({ name }) => name).join(',')}\r\n`);
