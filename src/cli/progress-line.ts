/** Something that writes to a terminal or a log: `process.stderr`. */
export interface ProgressOut {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const BAR_WIDTH = 30;
/** A log gets a line each time another such share is done. */
const LOG_STEP_PERCENT = 10;

/**
 * Shows how far a long work is: one line drawn over itself on a terminal, a line every ten percent elsewhere.
 *
 * @returns to be called with every step
 */
export function makeProgressLine(out: ProgressOut, label: string): (done: number, total: number) => void {
  let shown = -1;
  return (done, total) => {
    const percent = total === 0 ? 100 : Math.floor((100 * Math.min(done, total)) / total);
    if (out.isTTY === true) {
      if (percent === shown) return;
      const filled = Math.round((BAR_WIDTH * percent) / 100);
      out.write(`\r${label} [${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] ${percent} %${percent === 100 ? '\n' : ''}`);
      shown = percent;
      return;
    }
    const step = Math.floor(percent / LOG_STEP_PERCENT);
    if (step === shown) return;
    shown = step;
    out.write(`${label}: ${percent} % (${done}/${total})\n`);
  };
}
