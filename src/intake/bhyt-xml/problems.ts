import type { IntakeProblem } from '../parsed-visit.js';

/** Problems listed for one visit or file; the last one then says how many more there are. Errors are always listed. */
export const MAX_PROBLEMS_PER_VISIT = 200;

/** Where a problem is. `row` counts from 1 inside the table. */
export interface ProblemPlace {
  readonly table?: string;
  readonly row?: number;
  readonly field?: string;
}

/**
 * Problems of one visit in the form that facilities know (bhyt-xml.md §6): "Hồ sơ thứ 3, XML2 dòng 5, NGAY_YL: …".
 * The reason is a fixed sentence: no value of the file ever goes into it, except codes of closed lists and lengths.
 */
export class ProblemList {
  readonly #problems: IntakeProblem[] = [];
  #warnings = 0;
  #omitted = 0;

  /** @param prefix `Hồ sơ thứ 3`; '' for the file as a whole */
  constructor(readonly prefix: string) {}

  error(code: string, reason: string, place: ProblemPlace = {}): void {
    this.#problems.push(this.#problem('error', code, reason, place));
  }

  warn(code: string, reason: string, place: ProblemPlace = {}): void {
    this.#add('warning', code, reason, place);
  }

  inform(code: string, reason: string, place: ProblemPlace = {}): void {
    this.#add('information', code, reason, place);
  }

  list(): readonly IntakeProblem[] {
    if (this.#omitted === 0) return [...this.#problems];
    const more = this.#problem('warning', 'more-problems', `còn ${this.#omitted} lưu ý khác không liệt kê`, {});
    return [...this.#problems, more];
  }

  #add(severity: 'warning' | 'information', code: string, reason: string, place: ProblemPlace): void {
    if (this.#warnings >= MAX_PROBLEMS_PER_VISIT - 1) {
      this.#omitted += 1;
      return;
    }
    this.#warnings += 1;
    this.#problems.push(this.#problem(severity, code, reason, place));
  }

  #problem(severity: IntakeProblem['severity'], code: string, reason: string, place: ProblemPlace): IntakeProblem {
    const table = place.table === undefined ? '' : `${place.table}${place.row === undefined ? '' : ` dòng ${place.row}`}`;
    const where = [this.prefix, table, place.field ?? ''].filter((part) => part !== '').join(', ');
    return { severity, code, ...place, message: where === '' ? reason : `${where}: ${reason}` };
  }
}
