import { expect, test } from '@jest/globals';
import type { Request } from 'express';
import fc from 'fast-check';
import { isPhrError } from '../../src/errors.js';
import { fileOf, portalBodyBytes, readPortalForm } from '../../src/intake/doors/portal-form.js';

const typed = (type: string): Request => ({ headers: { 'content-type': type } }) as unknown as Request;
const FORM = typed('application/x-www-form-urlencoded');
const JSON_BODY = typed('application/json');
const bytes = fc.uint8Array({ minLength: 1, maxLength: 3_000 });
/** Base64 as clients write it: one line, or lines of 76. */
const spelled = (file: Uint8Array, inLines: boolean): string => {
  const text = Buffer.from(file).toString('base64');
  return inLines ? text.replace(/(.{76})/g, '$1\r\n') : text;
};
const RUNS = { numRuns: 200 };

test('a file comes out of its form as it went in, from a body within the bound', () => {
  fc.assert(
    fc.property(bytes, fc.boolean(), fc.string({ maxLength: 50 }), (file, inLines, username) => {
      const fields = { username, fileHSBase64: spelled(file, inLines) };
      const body = Buffer.from(new URLSearchParams(fields).toString());

      const forms = [readPortalForm(FORM, body), readPortalForm(JSON_BODY, Buffer.from(JSON.stringify(fields)))];

      for (const form of forms) expect([form.get('username'), Buffer.from(fileOf(form))]).toEqual([username, Buffer.from(file)]);
      expect(body.length).toBeLessThanOrEqual(portalBodyBytes(file.length));
    }),
    RUNS,
  );
});

test('signs of Base64 may be encoded or not', () => {
  fc.assert(
    fc.property(bytes, fc.boolean(), (file, isEncoded) => {
      const text = spelled(file, false);

      const form = readPortalForm(FORM, Buffer.from(`fileHSBase64=${isEncoded ? encodeURIComponent(text) : text}`));

      expect(Buffer.from(fileOf(form))).toEqual(Buffer.from(file));
    }),
    RUNS,
  );
});

test('any other body is refused and breaks nothing', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        bytes,
        fc.string().map((text) => Buffer.from(text)),
      ),
      fc.constantFrom(FORM, JSON_BODY),
      (body, request) => {
        try {
          fileOf(readPortalForm(request, Buffer.from(body)));
        } catch (error) {
          expect(isPhrError(error, 'malformed')).toBe(true);
        }
      },
    ),
    RUNS,
  );
});
