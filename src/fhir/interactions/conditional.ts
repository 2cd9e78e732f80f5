import type { ReadConditions } from './answer.js';

const ENTITY_TAG = /(?:W\/)?"([^"]*)"/g;

/** The version ids that an `If-None-Match` or `If-Match` names; weak and strong tags alike, `*` = any. */
export function entityTags(header: string): readonly string[] | '*' {
  if (header.trim() === '*') return '*';
  return [...header.matchAll(ENTITY_TAG)].map((match) => match[1] ?? '');
}

/**
 * Has the client the version already? `If-None-Match` is decided alone when both conditions are sent (RFC 9110 §13.2.2);
 * an unreadable date is ignored (§13.1.3). https://hl7.org/fhir/R4/http.html#cread
 */
export function isUnchanged(
  version: { readonly versionId: string; readonly lastUpdated: string },
  conditions: ReadConditions,
): boolean {
  if (conditions.noneMatch !== undefined) {
    const tags = entityTags(conditions.noneMatch);
    return tags === '*' || tags.includes(version.versionId);
  }
  if (conditions.modifiedSince === undefined) return false;
  const since = Date.parse(conditions.modifiedSince);
  // Last-Modified has whole seconds, so the comparison has too.
  return !Number.isNaN(since) && Math.floor(Date.parse(version.lastUpdated) / 1000) * 1000 <= since;
}
