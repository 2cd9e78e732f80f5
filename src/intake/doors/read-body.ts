import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { PhrError } from '../../errors.js';
import type { BodyLease } from './body-budget.js';

/** What a refused sender may still push before the connection is cut, so that the answer can reach a client that reads late. */
export const MAX_DISCARDED_BYTES = 256 * 1024 * 1024;

/**
 * The request's body as bytes; never more than `maxBytes` in memory, whatever Content-Length or compression promise.
 *
 * @throws PhrError `too-large` (413) beyond the bound, `media-type` (415) for a Content-Encoding other than gzip,
 *   `malformed` for broken gzip or a connection that closed early, `unavailable` (503) when the bodies in flight use up their budget
 */
export async function readBody(req: IncomingMessage, maxBytes: number, lease: BodyLease): Promise<Buffer> {
  const declared = Number(req.headers['content-length'] ?? 0);
  if (declared > maxBytes) {
    discard(req);
    throw tooLarge(maxBytes);
  }
  return readBounded(req, decodedBody(req), maxBytes, lease);
}

/** The body without its Content-Encoding: the request itself, or a gunzip stream that it is piped into. */
export function decodedBody(req: IncomingMessage): Readable {
  const encoding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return req;
  if (encoding === 'gzip' || encoding === 'x-gzip') return req.pipe(createGunzip());
  throw new PhrError('media-type', 'Content-Encoding không được hỗ trợ: chỉ nhận gzip hoặc không nén');
}

export const tooLarge = (maxBytes: number): PhrError =>
  new PhrError('too-large', `Tệp gửi lên lớn hơn giới hạn ${maxBytes} byte của cổng tiếp nhận`);

export const tooBusy = (): PhrError =>
  new PhrError('unavailable', 'Cổng tiếp nhận đang nhận quá nhiều tệp cùng lúc; hãy gửi lại sau ít giây');

/** Lets the rest of a refused body pass unread: a client that is still writing could not read the answer otherwise. */
export function discard(req: IncomingMessage): void {
  let discarded = 0;
  req.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) req.destroy();
  });
  req.on('error', () => undefined);
  req.resume();
}

function readBounded(req: IncomingMessage, body: Readable, maxBytes: number, lease: BodyLease): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let settled = false;
    const fail = (error: PhrError): void => {
      if (settled) return;
      settled = true;
      if (body !== req) {
        req.unpipe();
        body.destroy();
      }
      discard(req);
      reject(error);
    };
    body.on('data', (chunk: Buffer) => {
      if (settled) return;
      length += chunk.length;
      if (length > maxBytes) fail(tooLarge(maxBytes));
      else if (!lease.take(chunk.length)) fail(tooBusy());
      else chunks.push(chunk);
    });
    body.on('end', () => {
      if (settled) return;
      settled = true;
      resolve(Buffer.concat(chunks, length));
    });
    body.on('error', (cause) =>
      fail(new PhrError('malformed', 'Không đọc được nội dung gửi lên (nén gzip hỏng?)', [], { cause })),
    );
    // The request closes as soon as its last byte was read, which may be before the last byte was unpacked.
    req.on('close', () => {
      if (!req.complete) fail(new PhrError('malformed', 'Kết nối bị ngắt trước khi gửi hết nội dung'));
    });
  });
}
