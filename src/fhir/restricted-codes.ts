import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RestrictedCodes } from './sensitivity.js';

/** The catalogue's place below the folder of package.json. */
export const RESTRICTED_CODES_FILE = 'fhir-profiles/catalogues/restricted-codes.json';

/**
 * Reads the catalogue of the package, from the built file as well as from its source; once, at start.
 *
 * @throws Error when the file is missing or not of its form: without it nothing may be shown
 */
export function loadRestrictedCodes(packageFolder: string = ownPackageFolder()): RestrictedCodes {
  return readRestrictedCodes(JSON.parse(readFileSync(join(packageFolder, RESTRICTED_CODES_FILE), 'utf8')));
}

/** JSON -> catalogue. @throws Error naming what is wrong */
export function readRestrictedCodes(json: unknown): RestrictedCodes {
  const { version, validFrom, groups } = json as Record<string, unknown>;
  if (typeof version !== 'string' || typeof validFrom !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(validFrom)) {
    throw new Error('restricted codes: version or validFrom is missing');
  }
  if (!Array.isArray(groups) || groups.length === 0) throw new Error('restricted codes: no groups');
  return {
    version,
    validFrom,
    groups: groups.map((group: { label?: unknown; icd10?: unknown; patterns?: unknown }) => {
      const { label, icd10, patterns } = group;
      if (typeof label !== 'string' || !/^restricted\/[a-z-]+$/.test(label))
        throw new Error('restricted codes: a label is not of its form');
      if (!isCategoryRanges(icd10)) throw new Error(`restricted codes: ${label}: icd10 is not a list of ranges`);
      if (!Array.isArray(patterns) || patterns.some((pattern) => typeof pattern !== 'string')) {
        throw new Error(`restricted codes: ${label}: patterns is not a list of texts`);
      }
      return { label, icd10, patterns: patterns.map((pattern: string) => new RegExp(pattern)) };
    }),
  };
}

const isCategoryRanges = (value: unknown): value is readonly (readonly [string, string])[] =>
  Array.isArray(value) &&
  value.every(
    (range: unknown) =>
      Array.isArray(range) && range.length === 2 && range.every((end) => typeof end === 'string' && /^[A-Z]\d\d$/.test(end)),
  );

function ownPackageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('restricted codes: no package.json above this file');
    folder = parent;
  }
  return folder;
}
