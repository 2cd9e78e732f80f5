import type { Encounter, FhirResource } from 'fhir/r4.js';

const VIETNAM_OFFSET_MS = 7 * 3_600_000;

/** An instant or date as the issue time of a version: `yyyymmddHHMM` in +07:00, `yyyymmdd` for a day, '' for what is neither. */
export function issueTimeOf(time: string | undefined): string {
  if (time === undefined) return '';
  if (/^\d{4}-\d{2}-\d{2}$/.test(time)) return time.replaceAll('-', '');
  // Without a zone it is Vietnam's time (design.md §6).
  const zoned = /(Z|[+-]\d{2}:\d{2})$/.test(time) ? time : `${time}+07:00`;
  const ms = /^\d{4}-\d{2}-\d{2}T/.test(time) ? Date.parse(zoned) : Number.NaN;
  return Number.isNaN(ms) ? '' : new Date(ms + VIETNAM_OFFSET_MS).toISOString().slice(0, 16).replace(/[-T:]/g, '');
}

/** The day of the visit: the encounter's start, else the earliest time that its resources state, else the day of issue. */
export function eventDateOf(
  encounter: Encounter | undefined,
  resources: readonly FhirResource[],
  issueTime: string,
): string | undefined {
  const start = encounter?.period?.start;
  if (start !== undefined) return start;
  const stated = resources.flatMap(timesOf).sort();
  const [earliest] = stated;
  if (earliest !== undefined) return earliest;
  return issueTime.length >= 8 ? `${issueTime.slice(0, 4)}-${issueTime.slice(4, 6)}-${issueTime.slice(6, 8)}` : undefined;
}

const TIME_ELEMENTS = [
  'effectiveDateTime',
  'occurrenceDateTime',
  'performedDateTime',
  'authoredOn',
  'recordedDate',
  'issued',
] as const;

function timesOf(resource: FhirResource): readonly string[] {
  const fields = resource as unknown as Readonly<Record<string, unknown>>;
  const periods = ['effectivePeriod', 'performedPeriod'].map(
    (name) => (fields[name] as { readonly start?: unknown } | undefined)?.start,
  );
  return [...TIME_ELEMENTS.map((name) => fields[name]), ...periods].filter((value): value is string => typeof value === 'string');
}
