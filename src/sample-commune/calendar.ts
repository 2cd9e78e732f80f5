/** A day as the number of days since 1970-01-01: a calendar of its own, no clock and no time zone. */
export type Day = number;

const MS_PER_DAY = 86_400_000;

/** @param iso `yyyy-mm-dd` */
export const dayOf = (iso: string): Day => Math.round(Date.parse(`${iso}T00:00:00Z`) / MS_PER_DAY);
export const dayFrom = (year: number, month: number, date: number): Day =>
  Math.round(Date.UTC(year, month - 1, date) / MS_PER_DAY);

/** `yyyy-mm-dd`. */
export const isoOf = (day: Day): string => new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
/** `yyyymmdd`, as the insurance tables write it. */
export const compactOf = (day: Day): string => isoOf(day).replaceAll('-', '');
export const yearOf = (day: Day): number => new Date(day * MS_PER_DAY).getUTCFullYear();
/** Last day of its month. */
export const monthEndOf = (day: Day): Day => {
  const date = new Date(day * MS_PER_DAY);
  return dayFrom(date.getUTCFullYear(), date.getUTCMonth() + 2, 1) - 1;
};
/** Whole years lived on `at`. */
export const ageOn = (birth: Day, at: Day): number => {
  const [born, now] = [isoOf(birth), isoOf(at)];
  return Number(now.slice(0, 4)) - Number(born.slice(0, 4)) - (now.slice(5) < born.slice(5) ? 1 : 0);
};
/** `yyyymmddHHMM`. @param minute of the day */
export const momentOf = (day: Day, minute: number): string =>
  `${compactOf(day)}${String(Math.floor(minute / 60)).padStart(2, '0')}${String(minute % 60).padStart(2, '0')}`;
/** True when the three numbers are a day that exists. */
export const isRealDay = (year: number, month: number, date: number): boolean => {
  const made = new Date(Date.UTC(year, month - 1, date));
  return year >= 1900 && made.getUTCMonth() === month - 1 && made.getUTCDate() === date;
};
