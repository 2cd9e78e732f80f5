import type { AccessLine, AccessReads } from '../../store/access-log.js';
import { kindsOf } from './audit-event.js';
import { lineStream } from './line-stream.js';

/** Looks of one agent for one purpose within this time are one entry of the page. In milliseconds. */
export const LOOK_WINDOW_MS = 15 * 60_000;
/** Entries of one page. */
export const LOOKS_PER_PAGE_MAX = 50;

/** A code and its words for the citizen. */
export interface Worded {
  readonly code: string;
  readonly text: string;
}

/** One entry of "Ai đã xem". */
export interface Look {
  /** Of the newest line in it; stable. */
  readonly id: string;
  /** ISO instants of the first and the last line in it. */
  readonly from: string;
  readonly to: string;
  /** Organisation as the citizen knows it; "Bạn" for the own looks. */
  readonly who: string;
  readonly role: Worded;
  readonly purpose: Worded;
  /** As typed by the reader. */
  readonly reason?: string;
  /** What was done: read, or also written. */
  readonly action: Worded;
  /** Kinds of content, as FHIR type or page, each once. */
  readonly kinds: readonly Worded[];
  readonly isOwn: boolean;
  /** Tried and refused: nothing was shown. */
  readonly isRefused: boolean;
  /** Requests in it. */
  readonly times: number;
}

export interface WhoLooked {
  /**
   * Looks at one person, newest first.
   *
   * @param viewer.accountId marks the own looks
   * @param page.count at most LOOKS_PER_PAGE_MAX
   * @param page.before `next` of the page before
   * @throws PhrError `invalid` when `before` is not a known line
   */
  looks(
    viewer: { readonly personId: string; readonly accountId: string },
    page: { readonly count: number; readonly before?: string },
  ): Promise<{ readonly looks: readonly Look[]; readonly next?: string }>;
}

/** @param deps.personIds every id under which lines of a person may stand (after merges); by default the id itself */
export function makeWhoLooked(deps: {
  readonly store: Pick<AccessReads, 'accessLines'>;
  readonly personIds?: (personId: string) => Promise<readonly string[]>;
}): WhoLooked {
  return {
    async looks({ personId, accountId }, { count, before }) {
      const bound = Math.min(Math.max(count, 1), LOOKS_PER_PAGE_MAX);
      const ids = (await deps.personIds?.(personId)) ?? [personId];
      const groups: AccessLine[][] = [];
      let next: string | undefined;
      let last: string | undefined;
      const conditions = ids.map((patient) => ({ patient }));
      for await (const { line, isLastOfScan } of lineStream(deps.store, conditions, before)) {
        const open = groups.at(-1);
        if (open !== undefined && belongs(line, open)) open.push(line);
        else if (groups.length < bound) groups.push([line]);
        else {
          next = last;
          break;
        }
        last = line.id;
        if (isLastOfScan) next = line.id;
      }
      return { looks: groups.map((lines) => lookOf(lines, accountId)), ...(next === undefined ? {} : { next }) };
    },
  };
}

/** Same agent, purpose, reason and outcome, and close in time to the entry's newest line. */
function belongs(line: AccessLine, [newest]: readonly AccessLine[]): boolean {
  return (
    newest !== undefined &&
    line.agent.id === newest.agent.id &&
    line.purpose === newest.purpose &&
    line.reason === newest.reason &&
    (line.outcome === '0') === (newest.outcome === '0') &&
    Date.parse(newest.at) - Date.parse(line.at) < LOOK_WINDOW_MS
  );
}

function lookOf(lines: readonly AccessLine[], accountId: string): Look {
  // A group has a line by construction.
  const newest = lines[0] as AccessLine;
  const oldest = lines.at(-1) as AccessLine;
  const isOwn = newest.agent.id === accountId;
  const kinds = new Map(lines.flatMap(kindsShown).map((kind) => [kind.code, kind]));
  return {
    id: newest.id,
    from: oldest.at,
    to: newest.at,
    who: isOwn ? 'Bạn' : newest.agent.display,
    role: worded(newest.agent.role, ROLES),
    purpose: worded(newest.purpose, PURPOSES),
    ...(newest.reason === undefined ? {} : { reason: newest.reason }),
    action: lines.some(({ action }) => action === 'C' || action === 'U' || action === 'D')
      ? { code: 'write', text: 'Xem và ghi' }
      : { code: 'read', text: 'Xem' },
    kinds: [...kinds.values()],
    isOwn,
    isRefused: newest.outcome !== '0',
    times: new Set(lines.map(({ requestId }) => requestId)).size,
  };
}

/** A look at several persons at once was a list: what of it belonged to this person is not known any more, so nothing is claimed. */
function kindsShown({ patients, what, interaction }: AccessLine): readonly Worded[] {
  if (patients.length > 1) return [{ code: 'list', text: 'Danh sách có tên bạn' }];
  const types = kindsOf(what);
  return types.length === 0 ? [worded(interaction, INTERACTIONS)] : types.map((type) => worded(type, TYPES));
}

const worded = (code: string, words: Readonly<Record<string, string>>): Worded => ({
  code,
  text: words[code] ?? words['*'] ?? code,
});

const ROLES: Readonly<Record<string, string>> = {
  facility: 'Cơ sở khám bệnh, chữa bệnh',
  station: 'Trạm y tế',
  citizen: 'Người dân',
  steward: 'Người rà soát dữ liệu',
  sender: 'Cơ sở gửi dữ liệu',
  integrator: 'Phần mềm dùng thử',
  operator: 'Người vận hành hệ thống',
  system: 'Hệ thống',
  '*': 'Khác',
};
const PURPOSES: Readonly<Record<string, string>> = {
  TREAT: 'Khám bệnh, chữa bệnh',
  PATRQT: 'Theo yêu cầu của người dân',
  HOPERAT: 'Vận hành hệ thống',
  PUBHLTH: 'Y tế công cộng',
  BTG: 'Xem ngoài địa bàn, có ghi lý do',
  '*': 'Mục đích khác',
};
const TYPES: Readonly<Record<string, string>> = {
  Patient: 'Thông tin cá nhân',
  RelatedPerson: 'Người thân',
  Coverage: 'Thẻ bảo hiểm y tế',
  Encounter: 'Đợt khám',
  Condition: 'Chẩn đoán',
  Observation: 'Kết quả đo và xét nghiệm',
  DiagnosticReport: 'Phiếu kết quả',
  MedicationRequest: 'Thuốc được kê',
  Procedure: 'Thủ thuật, phẫu thuật',
  Immunization: 'Tiêm chủng',
  AllergyIntolerance: 'Dị ứng',
  Provenance: 'Nguồn gốc dữ liệu',
  AuditEvent: 'Nhật ký truy cập',
  '*': 'Dữ liệu sức khỏe khác',
};
const INTERACTIONS: Readonly<Record<string, string>> = { '*': 'Hồ sơ sức khỏe' };
