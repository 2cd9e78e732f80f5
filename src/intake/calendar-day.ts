/** True when the day exists, in the years that a record can speak of. */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (year < 1850 || year > 2200 || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
