import type { Request, Response } from 'express';
import { stringifyJson, parseJson } from '../decimal.js';
import type { FhirAnswer } from '../interactions/answer.js';
import type { AnswerType } from './negotiation.js';

/** Indentation of `_pretty=true`, in spaces. */
const PRETTY_INDENT = 2;

/** Spreads compact JSON text over lines without touching a digit of it. */
export function prettyJson(text: string): string {
  return stringifyJson(parseJson(text), PRETTY_INDENT);
}

const httpDate = (iso: string): string => new Date(iso).toUTCString();

/**
 * Writes an answer: `ETag` is the version, `Last-Modified` its instant (https://hl7.org/fhir/R4/http.html#versioning);
 * personal data is never kept by a cache on the way (https://hl7.org/fhir/R4/security.html#caching).
 */
export function sendAnswer(
  req: Request,
  res: Response,
  answer: FhirAnswer,
  style: { readonly type: AnswerType; readonly pretty: boolean; readonly cacheControl?: string },
): void {
  res.statusCode = answer.status;
  res.setHeader('Cache-Control', style.cacheControl ?? 'no-store');
  if (answer.versionId !== undefined) res.setHeader('ETag', `W/"${answer.versionId}"`);
  if (answer.lastUpdated !== undefined) res.setHeader('Last-Modified', httpDate(answer.lastUpdated));
  if (answer.location !== undefined) res.setHeader('Location', answer.location);
  if (answer.body === undefined) {
    if (answer.status !== 304) res.setHeader('Content-Length', '0');
    res.end();
    return;
  }
  const body = style.pretty ? prettyJson(answer.body) : answer.body;
  res.setHeader('Content-Type', `${style.type}; charset=utf-8`);
  res.setHeader('Content-Length', String(Buffer.byteLength(body)));
  // As text: Node writes head and body with one system call then, and with two parts otherwise.
  res.end(req.method === 'HEAD' ? undefined : body, 'utf8');
}
