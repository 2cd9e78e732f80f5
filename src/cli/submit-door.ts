import { isPhrError } from '../errors.js';
import { readWorkbookHead } from '../intake/sheet/packed-rows.js';
import { SHEET_TEMPLATES } from '../intake/sheet/template.js';
import { isZip } from '../intake/sheet/xlsx/zip-parts.js';

/** Where a file goes and as what. */
export interface Door {
  readonly path: string;
  readonly type: string;
}

/** Bytes at the beginning of a file that decide. */
const HEAD_BYTES = 64 * 1024;

const DOOR_OF_ROOT: Readonly<Record<string, Door>> = {
  GIAMDINHHS: { path: '/intake/bhyt-xml', type: 'application/xml' },
  KHAMSUCKHOE: { path: '/intake/health-checkup', type: 'application/xml' },
};
const WORKBOOK_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const FHIR_BUNDLE: Door = { path: '/intake/fhir', type: 'application/fhir+json' };
const MINISTRY_ENVELOPE: Door = { path: '/intake/health-checkup', type: 'application/json' };

/**
 * The door of a file, by its content and never by its name: root element, the Ministry's JSON envelope, header row of a sheet.
 *
 * @returns undefined when no door takes such a file
 */
export function doorOf(bytes: Uint8Array): Door | undefined {
  if (isZip(bytes)) return doorOfWorkbook(bytes);
  const head = new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES)).trimStart();
  if (head.startsWith('<')) {
    const root = rootOf(head);
    return root !== undefined && Object.hasOwn(DOOR_OF_ROOT, root) ? DOOR_OF_ROOT[root] : undefined;
  }
  if (head.startsWith('{')) {
    if (/"msg_id"\s*:/.test(head)) return MINISTRY_ENVELOPE;
    return /"resourceType"\s*:\s*"Bundle"/.test(head) ? FHIR_BUNDLE : undefined;
  }
  const columns = (head.split(/[\r\n]/, 1)[0] ?? '').split(/[,;\t]/).map((cell) => cell.replaceAll('"', '').trim().toLowerCase());
  const template = SHEET_TEMPLATES.find(({ columns: known }) =>
    known.some(({ name, kind }) => kind === 'slip-number' && columns.includes(name)),
  );
  return template === undefined ? undefined : { path: `/intake/sheet/${template.name}`, type: 'text/csv' };
}

/** The door that says why it does not take the file: what was named on the command line is never passed over in silence. */
export function nearestDoor(bytes: Uint8Array): Door {
  if (isZip(bytes)) return { path: `/intake/sheet/${SHEET_TEMPLATES[0]?.name ?? ''}`, type: WORKBOOK_TYPE };
  const first = new TextDecoder().decode(bytes.subarray(0, 1_024)).trimStart().charAt(0);
  if (first === '<') return { path: '/intake/bhyt-xml', type: 'application/xml' };
  if (first === '{') return MINISTRY_ENVELOPE;
  return { path: `/intake/sheet/${SHEET_TEMPLATES[0]?.name ?? ''}`, type: 'text/csv' };
}

/** Name of the first element, behind declaration and comments. */
function rootOf(head: string): string | undefined {
  const content = head.replace(/^(\s|<\?[^]*?\?>|<!--[^]*?-->)+/, '');
  return /^<([A-Za-z_][\w.-]*)/.exec(content)?.[1];
}

/** The template whose header row a workbook has. */
function doorOfWorkbook(bytes: Uint8Array): Door | undefined {
  const template = SHEET_TEMPLATES.find((candidate) => {
    try {
      return readWorkbookHead(bytes, candidate).columns.length > 0;
    } catch (error) {
      if (!isPhrError(error)) throw error;
      return false;
    }
  });
  return template === undefined ? undefined : { path: `/intake/sheet/${template.name}`, type: WORKBOOK_TYPE };
}
