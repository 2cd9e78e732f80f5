import { readFileSync } from 'node:fs';

/** Resident memory of a process, in MiB. */
export interface ResidentMiB {
  readonly now: number;
  readonly peak: number;
}

export function residentMiBOf(pid: number): ResidentMiB {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  const mib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1_024;
  return { now: mib('VmRSS'), peak: mib('VmHWM') };
}
