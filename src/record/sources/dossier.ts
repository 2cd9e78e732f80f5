import type { IntakeProblem, ParsedVisit } from '../../intake/parsed-visit.js';
import type { VisitState } from './receipt.js';

/** One sent version of a dossier. Equal payloads with one issue time are one version: the earliest accepted of them. */
export interface DossierVersion {
  readonly sourceId: string;
  /** `yyyymmddHHMM`, day precision padded with zeros; '' when the file had none. */
  readonly issueTime: string;
  /** Commit number of the submission, position in it: `acceptedSeq` of merging.md §4.2, fixed when the door commits. */
  readonly acceptedCommit: number;
  readonly submissionId: string;
  readonly position: number;
  readonly withdrawal: boolean;
}

/** Subject of the current version: which identity record. */
export interface DossierSubject {
  readonly slot: string;
  readonly identityId: string;
  readonly communeCode?: string;
}

/** Everything known of one real visit of one sender. Derived from its sources; dropped and made again by a rebuild. */
export interface Dossier {
  readonly kind: ParsedVisit['kind'];
  readonly door: string;
  readonly sender: string;
  readonly key: string;
  readonly versions: readonly DossierVersion[];
  /** Source of the version that counts; absent when withdrawn. */
  readonly current?: string;
  readonly eventDate?: string;
  readonly subjects: readonly DossierSubject[];
  /** Identity records whose facts from this dossier wait for a rebuild. */
  readonly pending: readonly string[];
  /** Facts of the last rebuild, `Type/id`. */
  readonly links: readonly string[];
}

/** Day precision compares as the start of the day. */
export const paddedIssueTime = (issueTime: string): string => (issueTime === '' ? '' : issueTime.padEnd(12, '0').slice(0, 12));

function compareVersions(a: DossierVersion, b: DossierVersion): number {
  if (a.issueTime !== b.issueTime) return a.issueTime < b.issueTime ? -1 : 1;
  return a.acceptedCommit - b.acceptedCommit || a.position - b.position;
}

const isSameVersion = (a: DossierVersion, b: DossierVersion): boolean =>
  a.sourceId === b.sourceId && a.issueTime === b.issueTime && a.withdrawal === b.withdrawal;

/** The versions with `sent` among them, in business order. Sending one again changes nothing, whichever is processed first. */
export function withVersion(versions: readonly DossierVersion[], sent: DossierVersion): readonly DossierVersion[] {
  const known = versions.find((version) => isSameVersion(version, sent));
  if (known !== undefined && compareVersions(known, sent) <= 0) return versions;
  return [...versions.filter((version) => version !== known), sent].sort(compareVersions);
}

/**
 * The version that counts: newest by issue time, then by acceptance; a withdrawal beats every version whose issue time is not later
 * than its own, also one that arrives after it. merging.md §4.2
 */
export function currentVersion(versions: readonly DossierVersion[]): DossierVersion | undefined {
  const withdrawnUntil = withdrawalTime(versions);
  return versions
    .filter((version) => !version.withdrawal && (withdrawnUntil === undefined || version.issueTime > withdrawnUntil))
    .sort(compareVersions)
    .at(-1);
}

function withdrawalTime(versions: readonly DossierVersion[]): string | undefined {
  return versions
    .filter((version) => version.withdrawal)
    .map((version) => version.issueTime)
    .sort()
    .at(-1);
}

/** What the receipt says of the part (submission, position) that sent `part`. */
export function partState(
  versions: readonly DossierVersion[],
  part: DossierVersion,
  hasWarnings: boolean,
): { readonly state: VisitState; readonly problems: readonly IntakeProblem[] } {
  if (part.withdrawal) return { state: 'withdrawn', problems: [] };
  const kept = versions.find((version) => isSameVersion(version, part));
  const current = currentVersion(versions);
  if (kept !== undefined && (kept.submissionId !== part.submissionId || kept.position !== part.position)) {
    const superseded = current !== undefined && current.sourceId !== part.sourceId;
    return { state: 'duplicate', problems: superseded ? [ASK_NEWER_ISSUE_TIME] : [] };
  }
  if (current === undefined || (part.issueTime <= (withdrawalTime(versions) ?? '') && withdrawalTime(versions) !== undefined)) {
    return { state: 'withdrawn', problems: [] };
  }
  if (current.sourceId !== part.sourceId) {
    return { state: 'superseded', problems: current.submissionId === part.submissionId ? [KEY_TWICE_IN_FILE] : [] };
  }
  const before = versions.filter((version) => !version.withdrawal && compareVersions(version, part) < 0).at(-1);
  if (before?.sourceId === part.sourceId) return { state: 'duplicate', problems: [] };
  return { state: hasWarnings ? 'accepted-with-warnings' : 'accepted', problems: [] };
}

/** Two slips with one number, or two visits with one MA_LK, may be two people: the sender must hear that only one of them was taken. */
const KEY_TWICE_IN_FILE: IntakeProblem = {
  severity: 'warning',
  code: 'key-twice-in-file',
  message:
    'Mã này có nhiều lần trong cùng một tệp: chỉ lần sau cùng được đưa vào hồ sơ. Nếu là hai người hoặc hai lần khám, hãy gửi lại với mã khác nhau',
};

const ASK_NEWER_ISSUE_TIME: IntakeProblem = {
  severity: 'warning',
  code: 'equals-superseded-version',
  field: 'NGAYLAP',
  message: 'Nội dung trùng một bản đã bị bản mới hơn thay thế nên không có tác dụng; muốn dùng lại, hãy gửi với NGAYLAP mới hơn',
};
