import type { IncomingMessage } from 'node:http';
import busboy from 'busboy';
import { PhrError } from '../../errors.js';
import type { BodyLease } from './body-budget.js';
import { decodedBody, discard, tooBusy, tooLarge } from './read-body.js';

/** Text fields beside the file that a form may carry; they are not read. */
export const MAX_FORM_FIELDS = 20;
/** The form field that holds the file. */
export const UPLOAD_FIELD = 'file';

/** True when the body is a form with a file in it. */
export const isUpload = (req: IncomingMessage): boolean => /^multipart\/form-data\b/i.test(req.headers['content-type'] ?? '');

/**
 * The one file of a `multipart/form-data` body, from its field `file`.
 *
 * @throws PhrError `malformed` (no or several files, broken form), `too-large`, `media-type`, `unavailable`
 */
export function readUpload(req: IncomingMessage, maxBytes: number, lease: BodyLease): Promise<Buffer> {
  const parser = openParser(req, maxBytes);
  const body = decodedBody(req);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let files = 0;
    let settled = false;
    const fail = (error: PhrError): void => {
      if (settled) return;
      settled = true;
      body.unpipe(parser);
      discard(req);
      reject(error);
    };
    const refuse = (message: string): void => fail(new PhrError('malformed', message));
    parser.on('file', (name, stream) => {
      stream.on('error', () => undefined);
      if (name !== UPLOAD_FIELD) {
        stream.resume();
        return refuse(`Biểu mẫu phải có tệp trong trường "${UPLOAD_FIELD}"`);
      }
      files += 1;
      stream.on('limit', () => fail(tooLarge(maxBytes)));
      stream.on('data', (chunk: Buffer) => {
        if (settled) return;
        if (lease.take(chunk.length)) chunks.push(chunk);
        else fail(tooBusy());
      });
    });
    parser.on('filesLimit', () => refuse('Mỗi lần gửi chỉ một tệp'));
    parser.on('fieldsLimit', () => refuse(`Biểu mẫu có hơn ${MAX_FORM_FIELDS} trường`));
    parser.on('partsLimit', () => refuse('Biểu mẫu có quá nhiều phần'));
    parser.on('error', () => refuse('Biểu mẫu multipart không đọc được'));
    parser.on('close', () => {
      if (settled) return;
      if (files !== 1) return refuse(`Biểu mẫu phải có tệp trong trường "${UPLOAD_FIELD}"`);
      const file = Buffer.concat(chunks);
      if (file.length > maxBytes) return fail(tooLarge(maxBytes));
      settled = true;
      resolve(file);
    });
    body.on('error', () => refuse('Không đọc được nội dung gửi lên (nén gzip hỏng?)'));
    // The request closes as soon as its last byte was read, which may be before the last byte was unpacked.
    req.on('close', () => {
      if (!req.complete) refuse('Kết nối bị ngắt trước khi gửi hết nội dung');
    });
    body.pipe(parser);
  });
}

function openParser(req: IncomingMessage, maxBytes: number): busboy.Busboy {
  try {
    return busboy({
      headers: req.headers,
      // fileSize cuts at the bound and says so even when the file is exactly that long: one byte more tells them apart.
      limits: {
        files: 1,
        fields: MAX_FORM_FIELDS,
        parts: MAX_FORM_FIELDS + 2,
        fieldSize: 64 * 1024,
        fileSize: maxBytes + 1,
        headerPairs: 50,
      },
    });
  } catch (cause) {
    throw new PhrError('malformed', 'Biểu mẫu multipart không đọc được', [], { cause });
  }
}
