import type { FhirResource } from 'fhir/r4.js';
import { restrictionOf } from '../sensitivity.js';
import type { RestrictedCodes } from '../sensitivity.js';
import { SYSTEMS } from '../systems.js';

/** Elements whose text says what the resource is about; ids, references, systems and the like do not. */
const TEXT_ELEMENTS = new Set([
  'text',
  'display',
  'description',
  'valueString',
  'conclusion',
  'title',
  'instruction',
  'patientInstruction',
]);

interface Content {
  readonly codes: string[];
  readonly texts: string[];
}

function collect(value: unknown, key: string, content: Content): void {
  if (typeof value === 'string') {
    if (TEXT_ELEMENTS.has(key)) content.texts.push(value);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, key, content);
    return;
  }
  const { system, code, div } = value as { readonly system?: unknown; readonly code?: unknown; readonly div?: unknown };
  // ICD-10 under any system name of it (WHO, VN Core, a country's modification).
  if (typeof code === 'string' && typeof system === 'string' && (system === SYSTEMS.icd10 || /icd-?10/i.test(system)))
    content.codes.push(code);
  if (typeof div === 'string') content.texts.push(div);
  for (const [name, item] of Object.entries(value)) collect(item, name, content);
}

/**
 * The label under which a resource written through REST is withheld by default, found in every code and text of it, the
 * contained ones and the narrative too. Withholding too much is the safe side.
 *
 * @returns `restricted/<group>`; undefined when nothing of it is restricted
 */
export function restrictionOfResource(resource: FhirResource, catalogue: RestrictedCodes): string | undefined {
  const content: Content = { codes: [], texts: [] };
  collect(resource, '', content);
  return restrictionOf({ icd10: content.codes.join(';'), text: content.texts.join(' ; ') }, catalogue);
}
