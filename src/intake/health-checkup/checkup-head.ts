import type { Sent, SentDemographics } from '../demographics.js';
import type { ProblemList } from '../bhyt-xml/problems.js';
import type { SentTime } from '../bhyt-xml/values.js';
import { parseBirth, parseTime, splitValues } from '../bhyt-xml/values.js';
import type { SenderContext } from '../parsed-visit.js';
import type { CheckupField, CheckupFields } from './checkup-fields.js';
import { nameOfTag } from './checkup-facts.js';
import { placeOf } from './measured-fields.js';

/** Longest MA_LK, in characters (vn-core health-checkup-dataset `coreFields`). */
export const MAX_EPISODE_ID_LENGTH = 100;
const MAX_NAME_LENGTH = 255;

/** What a check-up must say; nothing else refuses it (interfaces.md §3). */
export interface CheckupHead {
  readonly facility: CheckupField;
  /** MA_LK. */
  readonly episode: CheckupField;
  readonly start: SentTime;
  readonly startField: CheckupField;
  readonly end: { readonly time: SentTime; readonly field: CheckupField } | undefined;
  readonly reason: CheckupField | undefined;
  readonly demographics: SentDemographics;
}

/** Fields that become something else than an Observation of their tag. */
export const HEAD_TAGS: ReadonlySet<string> = new Set(
  (
    'HO_TEN GIOI_TINH NGAY_SINH TUOI MA_DAN_TOC SO_CCCD NGAYCAP_CCCD NOICAP_CCCD DIA_CHI MATINH_CU_TRU MAXA_CU_TRU DIEN_THOAI ' +
    'MA_NGHE_NGHIEP MA_LK MA_CSKCB MA_GTIN_CSKCB NGAY_VAO NGAY_RA LY_DO_VV TYPE'
  ).split(' '),
);
/** Personal numbers of somebody else, and signatures: kept with the file, not shown. */
export const isUnshownTag = (tag: string): boolean => /^(CKS_|CKDT_|SO_CCCD_|DIEN_THOAI_)/.test(tag);

/** Fields that the receivers ask for at the conclusion of an adult's check-up (vn-core health-checkup-dataset `requiredForConclusion`). */
const EXPECTED_TAGS = (
  'MA_DAN_TOC SO_CCCD DIA_CHI MATINH_CU_TRU MAXA_CU_TRU MA_NGHE_NGHIEP LY_DO_VV MA_GTIN_CSKCB DOI_TUONG NGUON_CHI_TRA MA_LOAI_KCB ' +
  'PHAN_LOAI_SK CHIEU_CAO CAN_NANG CHI_SO_BMI MACH HUYET_AP KET_LUAN_BENH'
).split(' ');

const firstOf = (content: CheckupFields, tag: string): CheckupField | undefined =>
  content.fields.find((field) => field.tag === tag);

/** Business key parts, known even when the rest refuses the check-up. */
export function readKey(
  content: CheckupFields,
  sender: SenderContext,
  problems: ProblemList,
): { readonly facility: CheckupField; readonly episode: CheckupField } | undefined {
  const facility = firstOf(content, 'MA_CSKCB');
  const episode = firstOf(content, 'MA_LK');
  const episodes = content.fields.filter(({ tag }) => tag === 'MA_LK');
  let usable = true;
  const refuse = (code: string, reason: string, place: Parameters<ProblemList['error']>[2]): void => {
    problems.error(code, reason, place);
    usable = false;
  };
  if (facility === undefined) refuse('missing-facility', 'thiếu mã cơ sở khám bệnh, chữa bệnh', { field: 'MA_CSKCB' });
  else if (!/^(\d{5}|\d{13})$/.test(facility.value)) refuse('unusable', 'phải gồm 5 chữ số', placeOf(facility));
  if (episode === undefined) refuse('missing-visit-id', 'thiếu mã lượt khám', { field: 'MA_LK' });
  else if (episode.value.length > MAX_EPISODE_ID_LENGTH || /[\p{Cc}|]/u.test(episode.value)) {
    refuse('unusable', `dài hơn ${MAX_EPISODE_ID_LENGTH} ký tự hoặc có ký tự không dùng được`, placeOf(episode));
  }
  const other = episodes.find(({ value }) => value !== episode?.value);
  if (other !== undefined) refuse('mixed-visit-ids', 'có nhiều MA_LK khác nhau trong cùng hồ sơ', placeOf(other));
  if (!usable || facility === undefined || episode === undefined) return undefined;
  if (sender.facilityCode !== undefined && sender.facilityCode !== facility.value) {
    problems.error('foreign-facility', 'mã cơ sở không phải của tài khoản gửi', placeOf(facility));
  }
  return { facility, episode };
}

/** @returns undefined when name, birth date, sex or NGAY_VAO can't be used; `problems` then holds an error for each */
export function readHead(
  content: CheckupFields,
  { facility, episode }: { readonly facility: CheckupField; readonly episode: CheckupField },
  problems: ProblemList,
): CheckupHead | undefined {
  const required = <T>(
    tag: string,
    read: (value: string) => T | undefined,
    reason: string,
  ): readonly [CheckupField, T] | undefined => {
    const field = firstOf(content, tag);
    const value = field === undefined ? undefined : read(field.value);
    if (field === undefined || value === undefined) {
      problems.error(
        'unusable',
        field === undefined ? 'không có giá trị' : reason,
        field === undefined ? { field: tag } : placeOf(field),
      );
      return undefined;
    }
    return [field, value];
  };
  const name = required('HO_TEN', readName, 'không phải họ tên');
  const birth = required('NGAY_SINH', parseBirth, 'phải là yyyy-mm-dd, yyyymmdd hoặc 12 ký tự, và là ngày có thật');
  const sex = required('GIOI_TINH', readSex, 'phải là 1 (nam) hoặc 2 (nữ)');
  const start = required('NGAY_VAO', parseTime, 'phải là yyyymmddHHMM, yyyymmdd hoặc yyyy-mm-dd, và là ngày có thật');
  if (name === undefined || birth === undefined || sex === undefined || start === undefined) return undefined;
  if (birth[1].order.slice(0, 8) > start[1].order.slice(0, 8))
    problems.warn('birth-after-event', 'sau NGAY_VAO', placeOf(birth[0]));

  const commune = communeOf(content, problems);
  return {
    facility,
    episode,
    start: start[1],
    startField: start[0],
    end: readEnd(content, start[1], problems),
    reason: firstOf(content, 'LY_DO_VV'),
    demographics: {
      name: sentAs(name[0], name[1]),
      birthDate: sentAs(birth[0], birth[1].fhir),
      sex: sentAs(sex[0], sex[1]),
      nationalId: checked(content, 'SO_CCCD', /^(\d{12}|\d{9}|[A-Z]\d{7})$/i, 'phải gồm 12 chữ số', problems),
      phone: optionalSent(content, 'DIEN_THOAI'),
      address: optionalSent(content, 'DIA_CHI'),
      communeCode: commune,
      provinceCode: checked(content, 'MATINH_CU_TRU', /^\d{2,3}$/, 'phải gồm 2 hoặc 3 chữ số', problems),
      ethnicity: optionalSent(content, 'MA_DAN_TOC'),
      occupation: optionalSent(content, 'MA_NGHE_NGHIEP'),
    },
  };
}

/** Gaps and doubtful codes: warnings only. */
export function checkContent(content: CheckupFields, problems: ProblemList): void {
  for (const tag of EXPECTED_TAGS) {
    if (firstOf(content, tag) === undefined) problems.warn('missing-field', `thiếu ${nameOfTag(tag) ?? tag}`, { field: tag });
  }
  const facility = firstOf(content, 'MA_CSKCB');
  if (facility?.value.length === 13) problems.warn('bad-form', 'là mã 13 chữ số; phải là mã 5 chữ số', placeOf(facility));
  const form = firstOf(content, 'TYPE');
  if (form !== undefined && form.value.toLowerCase() !== 'adult') {
    problems.warn('other-form', 'không phải biểu mẫu người lớn; các trường đọc theo từng thẻ', placeOf(form));
  }
  const groups = firstOf(content, 'DOI_TUONG');
  // 1 and 01 are the same code; the edition of the list is not told, so nothing is translated.
  if (groups !== undefined && splitValues(groups.value).some((code) => !/^(0?[1-9]|1[0-6])$/.test(code))) {
    problems.warn('bad-code', 'không thuộc danh mục 1–16', placeOf(groups));
  }
  const result = firstOf(content, 'PHAN_LOAI_SK');
  if (result !== undefined && !/^0?[1-5]$/.test(result.value)) problems.warn('bad-code', 'phải từ 1 đến 5', placeOf(result));
  if (content.overflow) problems.warn('too-many', 'có quá nhiều trường; phần còn lại không đưa vào hồ sơ');
}

const sentAs = <T extends string>(field: CheckupField, value: T): Sent<T> => ({
  value,
  trace: { table: field.part, row: field.row, field: field.tag, sent: field.sent },
});

function optionalSent(content: CheckupFields, tag: string): Sent | undefined {
  const field = firstOf(content, tag);
  return field && sentAs(field, field.value);
}

function checked(content: CheckupFields, tag: string, form: RegExp, reason: string, problems: ProblemList): Sent | undefined {
  const field = firstOf(content, tag);
  if (field !== undefined && !form.test(field.value)) problems.warn('bad-form', reason, placeOf(field));
  return field && sentAs(field, field.value);
}

/** Five digits; a leading zero that got lost is put back, as in the insurance tables. Another form is no commune code. */
function communeOf(content: CheckupFields, problems: ProblemList): Sent | undefined {
  const field = firstOf(content, 'MAXA_CU_TRU');
  if (field === undefined || /^\d{5}$/.test(field.value)) return field && sentAs(field, field.value);
  problems.warn('bad-form', 'phải gồm 5 chữ số', placeOf(field));
  return /^\d{4}$/.test(field.value) ? sentAs(field, `0${field.value}`) : undefined;
}

function readEnd(content: CheckupFields, start: SentTime, problems: ProblemList): CheckupHead['end'] {
  const field = firstOf(content, 'NGAY_RA');
  if (field === undefined) return undefined;
  const time = parseTime(field.value);
  if (time === undefined) problems.warn('bad-date', 'không phải ngày giờ; không đưa vào hồ sơ', placeOf(field));
  else if (time.order.slice(0, 8) < start.order.slice(0, 8)) problems.warn('date-order', 'sớm hơn NGAY_VAO', placeOf(field));
  else return { time, field };
  return undefined;
}

const readName = (value: string): string | undefined =>
  value.length <= MAX_NAME_LENGTH && /\p{L}/u.test(value) && !/\p{Cc}/u.test(value) ? value : undefined;

function readSex(value: string): 'male' | 'female' | undefined {
  const code = value.toLowerCase().replace(/^0/, '');
  if (code === '1' || code === 'nam') return 'male';
  return code === '2' || code === 'nữ' ? 'female' : undefined;
}
