import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FhirResource } from 'fhir/r4.js';
import { makeBhytXmlFormat } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import type { FieldTrace, IntakeFormat, ParsedVisit, SenderContext, SourceResource } from '../../src/intake/parsed-visit.js';
import { projectRoot } from './project-root.js';

export const SAMPLES = {
  hypertension: '01-tang-huyet-ap-ngoai-tru-tram-y-te',
  delivery: '02-sinh-con-noi-tru-benh-vien-huyen',
  diabetes: '03-dai-thao-duong-chuyen-tuyen',
} as const;

export const LIMITS = { maxBytes: 64 * 1024 * 1024, maxVisits: 20_000 };
export const ANYBODY: SenderContext = { clientId: 'integrator' };

export const sampleFile = (sample: keyof typeof SAMPLES, file = 'submission.xml'): Buffer =>
  readFileSync(join(projectRoot, 'tests', 'fixtures', 'bhyt-xml', SAMPLES[sample], file));

/** All visits of a file, as the door and the worker read them. */
export function parseFile(
  file: Uint8Array | string,
  format: IntakeFormat = makeBhytXmlFormat(),
  sender: SenderContext = ANYBODY,
): readonly ParsedVisit[] {
  const bytes = typeof file === 'string' ? Buffer.from(file, 'utf8') : file;
  const { skeleton, segments } = format.cut(bytes, LIMITS);
  const context = format.readContext(skeleton);
  return segments.map((segment, index) => format.parse(segment, index + 1, context, sender));
}

/** Resources of the patient, Patient aside. */
export const resourcesOf = (visit: ParsedVisit): readonly SourceResource[] => visit.subjects[0]?.resources ?? [];

/** The one resource of that local id in any subject of the visit. */
export function resourceOf<T extends FhirResource>(visit: ParsedVisit, id: string): T {
  return sourceOf(visit, id).resource as T;
}

export function sourceOf(visit: ParsedVisit, id: string): SourceResource {
  const all = visit.subjects.flatMap(({ patient, resources }) => [patient, ...resources]);
  const found = all.filter(({ resource }) => resource.id === id);
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`${found.length} of ${id}; there are ${all.map(({ resource }) => resource.id).join(' ')}`);
  }
  return found[0];
}

export const traceOf = (visit: ParsedVisit, id: string, path: string): readonly FieldTrace[] =>
  sourceOf(visit, id).trace.filter((entry) => entry.path === path);
