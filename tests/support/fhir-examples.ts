import type { FhirResource } from 'fhir/r4.js';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBody } from '../../src/fhir/json.js';
import { projectRoot } from './project-root.js';

const folder = join(projectRoot, 'tests', 'fixtures', 'fhir-r4-examples');

/** Official examples by file name without `.json`; read anew for each call, so a test may change them. */
export function fhirExamples(): readonly (readonly [name: string, resource: FhirResource])[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => [file.slice(0, -5), parseBody(readFileSync(join(folder, file), 'utf8')) as FhirResource]);
}

/** One official example. */
export function fhirExample(name: string): FhirResource {
  const found = fhirExamples().find(([key]) => key === name);
  if (found === undefined) throw new Error(`no example ${name}`);
  return found[1];
}
