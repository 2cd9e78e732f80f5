import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHealthCheckupFormat } from '../../src/intake/health-checkup/health-checkup-format.js';
import type { ParsedVisit, SenderContext } from '../../src/intake/parsed-visit.js';
import { projectRoot } from './project-root.js';

/** The synthetic check-up of an adult: vn-core examples, made up by the reference. */
export const ADULT_CHECKUP: string = readFileSync(join(projectRoot, 'tests/fixtures/health-checkup/adult.xml'), 'utf8');

/** Labels what a real catalogue would: HIV. */
export const checkupFormat = makeHealthCheckupFormat({
  restrictionOf: ({ icd10, text }) => (/B2[0-4]/.test(icd10 ?? '') || /hiv/i.test(text ?? '') ? 'restricted/hiv' : undefined),
});

/** Reads every check-up of a file. */
export function readCheckups(file: string, sender: SenderContext = { clientId: 'integrator' }): readonly ParsedVisit[] {
  const bytes = Buffer.from(file);
  const { segments, skeleton } = checkupFormat.cut(bytes, { maxBytes: bytes.length, maxVisits: 100 });
  const context = checkupFormat.readContext(skeleton);
  return segments.map((segment, index) => checkupFormat.parse(segment, index + 1, context, sender));
}

/** The one check-up of a file. */
export function readCheckup(file: string, sender?: SenderContext): ParsedVisit {
  const [visit] = readCheckups(file, sender);
  if (visit === undefined) throw new Error('no check-up in the file');
  return visit;
}
