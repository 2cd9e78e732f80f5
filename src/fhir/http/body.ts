import express from 'express';
import type { Request, Response } from 'express';
import type { FhirResource } from 'fhir/r4.js';
import { PhrError } from '../../errors.js';
import { parseBody } from '../json.js';

/** What the body reader reports, in our words. Its message can repeat the body, so it is not passed on. */
function translate(error: unknown): unknown {
  const { type, status } = error as { readonly type?: unknown; readonly status?: unknown };
  if (type === 'entity.too.large') return new PhrError('too-large', 'The body is too large', [], { cause: error });
  if (type === 'encoding.unsupported')
    return new PhrError('media-type', 'This Content-Encoding is not supported', [], { cause: error });
  if (typeof type === 'string' && typeof status === 'number' && status < 500) {
    return new PhrError('malformed', 'The body could not be received', [], { cause: error });
  }
  // zlib's own errors carry a code of this form.
  if (/^Z_|^ERR_ZLIB/.test(String((error as { readonly code?: unknown }).code))) {
    return new PhrError('malformed', 'The body could not be decompressed', [], { cause: error });
  }
  return error;
}

export type ReadBody = (req: Request, res: Response) => Promise<Buffer>;

/**
 * Reads a body up to `limitBytes` (after decompression). @throws PhrError `too-large`, `media-type`, `malformed`
 */
export function makeReadBody(limitBytes: number): ReadBody {
  const reader = express.raw({ type: () => true, limit: limitBytes });
  return (req, res) =>
    new Promise((resolve, reject) => {
      reader(req, res, (error?: unknown) => {
        if (error !== undefined) reject(translate(error) as Error);
        else resolve(Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0));
      });
    });
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes as JSON, decimals with their digits. @throws PhrError `malformed`, `too-costly` (depth) */
export function parseJsonBody(body: Buffer): unknown {
  let text: string;
  try {
    text = UTF8.decode(body);
  } catch (cause) {
    throw new PhrError('malformed', 'The body is not UTF-8', [], { cause });
  }
  return parseBody(text);
}

/** Bytes as the JSON object that a resource is. @throws PhrError `malformed`, `too-costly` (depth) */
export function parseResourceBody(body: Buffer): FhirResource {
  const value = parseJsonBody(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PhrError('malformed', 'The body is not a FHIR resource');
  }
  return value as FhirResource;
}
