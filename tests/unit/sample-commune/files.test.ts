import { beforeAll, describe, expect, test } from '@jest/globals';
import type { ParsedVisit } from '../../../src/intake/parsed-visit.js';
import { generateCommune, type CommuneFile } from '../../../src/sample-commune/commune.js';
import { isoOf } from '../../../src/sample-commune/calendar.js';
import { FIRST_DAY, REFERENCE_DAY } from '../../../src/sample-commune/parameters.js';
import { SAMPLE_COMMUNE_CODE, sampleCitizens } from '../../../src/sample-commune/sample-citizens.js';
import { SHEET_COLUMNS } from '../../../src/sample-commune/screening-sheet.js';
import { BLOOD_PRESSURE_GLUCOSE } from '../../../src/intake/sheet/template.js';
import { fileProblemsOf, readCommuneFile } from '../../support/sample-commune.js';

interface Read {
  readonly file: CommuneFile;
  readonly visits: readonly ParsedVisit[];
}
let read: readonly Read[] = [];
let visits: readonly ParsedVisit[] = [];
beforeAll(() => {
  read = [...generateCommune({ households: 60, seed: 'sample' })].map((file) => ({ file, visits: readCommuneFile(file) }));
  visits = read.flatMap((entry) => entry.visits);
});

const [citizen, absent] = sampleCitizens();
const isAbout = (visit: ParsedVisit, nationalId: string | undefined): boolean =>
  visit.subjects.some(({ identity }) => identity.nationalId === nationalId);

describe('sixty households, read by the real formats', () => {
  test('have about a thousand visits, check-ups and rows', () => {
    const keys = new Set(visits.map(({ key }) => key));

    expect(keys.size).toBeGreaterThan(850);
    expect(keys.size).toBeLessThan(1_200);
  });

  test('no file is refused or has a fault of its own', () => {
    expect(read.flatMap(({ file }) => fileProblemsOf(file))).toEqual([]);
  });

  test('only what misses a birth date or a real day is refused', () => {
    const errors = visits.flatMap(({ problems }) => problems.filter(({ severity }) => severity === 'error'));

    expect(errors.filter(({ field }) => !['NGAY_SINH', 'ngay_sinh', 'ngay_do'].includes(field ?? ''))).toEqual([]);
    expect(errors.length).toBeGreaterThan(0);
    expect(visits.filter(({ refused }) => refused).length / visits.length).toBeLessThan(0.02);
  });

  test('warnings are those of the errors put in, nothing about the form of the files', () => {
    const codes = new Set(
      visits.flatMap(({ problems }) =>
        problems.filter(({ severity }) => severity === 'warning').map(({ code, field }) => `${code} ${field ?? ''}`),
      ),
    );

    // Each is an error of the parameters (a number of another form, or none) or a fault of a row.
    const expected = [
      'bad-form SO_CCCD',
      'bad-form so_cccd',
      'bad-identifier SO_CCCD',
      'missing-field SO_CCCD',
      'missing-unit don_vi',
    ];
    const faults = ['missing-field NGAY_SINH', 'implausible ha_tam_thu', 'implausible ha_tam_truong'];
    expect([...codes].filter((code) => ![...expected, ...faults].includes(code))).toEqual([]);
    expect([...codes]).toEqual(expect.arrayContaining(['missing-field SO_CCCD', 'missing-unit don_vi']));
  });

  test('a visit is worth twenty to thirty resources', () => {
    const counts = visits
      .filter(({ kind, subjects }) => kind === 'visit' && subjects.length > 0)
      .map(({ subjects }) => subjects.reduce((sum, { resources }) => sum + resources.length + 1, 0));
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;

    expect(mean).toBeGreaterThan(20);
    expect(mean).toBeLessThan(30);
  });

  test('some visits carry codes that are withheld', () => {
    const labels = new Set(
      visits.flatMap(({ subjects }) => subjects.flatMap(({ resources }) => resources.map(({ restricted }) => restricted))),
    );

    expect(labels).toContain('restricted/mental');
    expect(labels).toContain('restricted/hiv');
  });

  test('deliveries make children, month-ends make files of several, and something is withdrawn, sent again and corrected', () => {
    const names = read.map(({ file }) => file.path);

    expect(visits.filter(({ subjects }) => subjects.length > 1).length).toBeGreaterThan(0);
    expect(read.filter(({ file, visits: all }) => file.door === 'bhyt-xml' && all.length > 1).length).toBeGreaterThan(0);
    expect(visits.filter(({ withdrawal }) => withdrawal).length).toBeGreaterThan(0);
    expect(names.some((name) => name.endsWith('-resent.xml'))).toBe(true);
    expect(names.some((name) => name.endsWith('-corrected.xml'))).toBe(true);
  });

  test('events lie in the four years before the reference day', () => {
    const days = visits.flatMap(({ eventDate }) => (eventDate === undefined ? [] : [eventDate.slice(0, 10)])).sort();

    expect(days.length).toBeGreaterThan(800);
    expect((days[0] ?? '') >= isoOf(FIRST_DAY)).toBe(true);
    expect((days.at(-1) ?? '') <= isoOf(REFERENCE_DAY)).toBe(true);
  });

  test('the sheet has the headers of the template', () => {
    expect(SHEET_COLUMNS).toEqual(BLOOD_PRESSURE_GLUCOSE.columns.map(({ name }) => name));
  });

  test('some people live in another commune, most in the sample commune', () => {
    const communes = visits.flatMap(({ subjects }) => subjects.slice(0, 1).map(({ identity }) => identity.communeCode));
    const here = communes.filter((code) => code === SAMPLE_COMMUNE_CODE).length / communes.length;

    expect(here).toBeGreaterThan(0.75);
    expect(here).toBeLessThan(0.98);
  });
});

describe('the truth', () => {
  test('has one line for every business key, and for every newborn', () => {
    const lines = read.flatMap(({ file }) => file.truth);
    const keys = new Set(
      visits.flatMap(({ key, subjects }) =>
        subjects
          .map(({ slot }) => (slot === 'patient' ? key : `${key ?? ''}#${slot}`))
          .concat(subjects.length === 0 ? [key] : []),
      ),
    );

    expect(new Set(lines.map(({ source, sourceId }) => `${source} ${sourceId}`)).size).toBe(lines.length);
    expect(new Set(lines.map(({ sourceId }) => sourceId))).toEqual(keys);
  });
});

describe('household 1', () => {
  test('has the citizen of the demonstration, with visits, check-up and sheet rows, all of them spelled right', () => {
    const own = visits.filter((visit) => isAbout(visit, citizen?.nationalId));

    expect(new Set(own.map(({ kind }) => kind))).toEqual(new Set(['visit', 'check-up', 'screening']));
    expect(own.filter(({ kind }) => kind === 'visit').length).toBeGreaterThan(8);
    for (const { subjects, refused } of own) {
      expect(refused).toBe(false);
      expect(subjects[0]?.identity).toMatchObject({
        name: citizen?.name,
        birthDate: citizen?.birthDate,
        sex: citizen?.sex,
        communeCode: SAMPLE_COMMUNE_CODE,
      });
    }
  });

  test('comes first, the citizen before the others', () => {
    const persons = read.flatMap(({ file }) => file.truth.map(({ truth }) => truth));
    const firstOther = persons.findIndex((person) => !person.startsWith('h00001-'));

    expect(isAbout(read[0]?.visits[0] as ParsedVisit, citizen?.nationalId)).toBe(true);
    expect(persons.slice(firstOther).some((person) => person.startsWith('h00001-'))).toBe(false);
  });

  test('nobody has the number, the card or the name of the second citizen', () => {
    expect(visits.filter((visit) => isAbout(visit, absent?.nationalId))).toEqual([]);
    expect(
      visits.flatMap(({ subjects }) =>
        subjects.filter(
          ({ identity }) => identity.name === absent?.name || identity.insuranceCards?.includes(absent?.insuranceCard ?? ''),
        ),
      ),
    ).toEqual([]);
  });
});
