import { readFileSync } from 'node:fs';

const CLOCK_TICKS_PER_SECOND = 100;

/** Processor seconds that a process has used; not moved by what else runs on the machine, unlike times by the clock. */
export interface CpuSeconds {
  /** Of all its threads. */
  readonly all: number;
  /** Of its main thread: the one that takes requests. */
  readonly main: number;
}

export const cpuSecondsOf = (pid: number): CpuSeconds => ({
  all: secondsIn(`/proc/${String(pid)}/stat`),
  main: secondsIn(`/proc/${String(pid)}/task/${String(pid)}/stat`),
});

function secondsIn(path: string): number {
  const fields = readFileSync(path, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}
