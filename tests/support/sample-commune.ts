import { makeBhytXmlFormat } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { makeHealthCheckupFormat } from '../../src/intake/health-checkup/health-checkup-format.js';
import { loadRestrictedCodes } from '../../src/fhir/restricted-codes.js';
import { restrictionOf } from '../../src/fhir/sensitivity.js';
import type { IntakeFormat, ParsedVisit } from '../../src/intake/parsed-visit.js';
import { makeSheetFormat } from '../../src/intake/sheet/sheet-format.js';
import { BLOOD_PRESSURE_GLUCOSE } from '../../src/intake/sheet/template.js';
import type { CommuneDoor, CommuneFile } from '../../src/sample-commune/commune.js';
import { LIMITS, parseFile } from './bhyt-samples.js';
import { projectRoot } from './project-root.js';

const catalogue = loadRestrictedCodes(projectRoot);
const label = (content: Parameters<typeof restrictionOf>[0]) => restrictionOf(content, catalogue);
const FORMATS: Readonly<Record<CommuneDoor, IntakeFormat>> = {
  'bhyt-xml': makeBhytXmlFormat({ restrictionOf: label }),
  'health-checkup': makeHealthCheckupFormat({ restrictionOf: label }),
  'sheet/blood-pressure-glucose': makeSheetFormat(BLOOD_PRESSURE_GLUCOSE),
};

/** A generated file as its door and the worker read it, sent by its own facility. */
export const readCommuneFile = ({ door, facilityCode, bytes }: CommuneFile): readonly ParsedVisit[] =>
  parseFile(bytes, FORMATS[door], { clientId: `facility-${facilityCode}`, facilityCode });

/** Errors and warnings of the file as a whole. */
export function fileProblemsOf({ door, bytes }: CommuneFile): readonly string[] {
  const format = FORMATS[door];
  return format
    .readContext(format.cut(bytes, LIMITS).skeleton)
    .problems.filter(({ severity }) => severity !== 'information')
    .map(({ code }) => code);
}
