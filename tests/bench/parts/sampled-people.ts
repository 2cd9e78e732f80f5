import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { generatedOf } from './population.js';
import { FACILITY, resident } from './visit-files.js';

/** Somebody of a population, as a clerk would look for them. */
export interface SampledPerson {
  readonly nationalId: string;
  readonly name: string;
  /** YYYY-MM-DD */
  readonly birthDate: string;
}

/** The commune of the station that looks. */
const CATCHMENT = '22651';

/** People of one screening, spread over the whole population. */
export function screenedPeople(persons: number, count: number): readonly SampledPerson[] {
  const screened = persons - generatedOf(persons);
  const step = Math.max(1, Math.floor(screened / count));
  return Array.from({ length: Math.min(count, screened) }, (_, index) => {
    const { nationalId, name, birthDate } = resident(1 + index * step);
    return { nationalId, name, birthDate: `${birthDate.slice(0, 4)}-${birthDate.slice(4, 6)}-${birthDate.slice(6)}` };
  });
}

/** Generated people of the catchment who gave their number on a sheet: their histories are years long. */
export function generatedPeople(files: string, count: number): readonly SampledPerson[] {
  const sheets = join(files, 'generated', 'sheet', 'blood-pressure-glucose', FACILITY);
  const found = new Map<string, SampledPerson>();
  for (const sheet of readdirSync(sheets).sort()) {
    for (const line of readFileSync(join(sheets, sheet), 'utf8').split('\r\n').slice(1)) {
      const [, name = '', birth = '', , nationalId = '', , , commune] = line.split(',');
      const [day, month, year] = birth.split('/');
      if (commune !== CATCHMENT || nationalId === '' || year === undefined) continue;
      found.set(nationalId, { nationalId, name, birthDate: `${year}-${month ?? ''}-${day ?? ''}` });
    }
  }
  return [...found.values()].slice(0, count);
}

/** As typed without accents. */
export const folded = (name: string): string =>
  name.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D');
