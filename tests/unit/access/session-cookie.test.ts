import { describe, expect, test } from '@jest/globals';
import {
  COOKIE_HEADER_LENGTH_MAX,
  formTokenOf,
  isFormToken,
  isSameOrigin,
  readSessionCookie,
  sessionCookie,
} from '../../../src/access/session-cookie.js';

const token = 'A'.repeat(43);

describe('the session cookie', () => {
  test('is closed to scripts, other sites and, with https, to plain http and subdomains', () => {
    expect(sessionCookie(token, false)).toBe(`so-suc-khoe=${token}; Path=/; HttpOnly; SameSite=Lax`);
    expect(sessionCookie(token, true)).toBe(`__Host-so-suc-khoe=${token}; Path=/; HttpOnly; SameSite=Lax; Secure`);
    expect(sessionCookie(undefined, false)).toBe('so-suc-khoe=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0');
  });

  test.each([
    [`so-suc-khoe=${token}`, token],
    [`a=b; so-suc-khoe=${token}; c=d`, token],
    [`so-suc-khoe=${token}; so-suc-khoe=${token}`, token],
    [`so-suc-khoe=${token}; so-suc-khoe=${'B'.repeat(43)}`, undefined],
    [`so-suc-khoe=${token}x`, undefined],
    [`so-suc-khoe=${token.slice(1)}`, undefined],
    [`so-suc-khoe=${token.slice(1)};`, undefined],
    [`so-suc-khoe="${token}"`, undefined],
    [`x-so-suc-khoe=${token}`, undefined],
    [`__Host-so-suc-khoe=${token}`, undefined],
    ['', undefined],
    [undefined, undefined],
  ])('read from %j: %s', (header, expected) => {
    expect(readSessionCookie(header, false)).toBe(expected);
  });

  test('with https only the prefixed name counts', () => {
    expect(readSessionCookie(`__Host-so-suc-khoe=${token}`, true)).toBe(token);
    expect(readSessionCookie(`so-suc-khoe=${token}`, true)).toBeUndefined();
  });

  test('is looked for in a header up to its bound', () => {
    const header = (length: number): string => `so-suc-khoe=${token}; x=`.padEnd(length, 'y');

    expect(readSessionCookie(header(COOKIE_HEADER_LENGTH_MAX), false)).toBe(token);
    expect(readSessionCookie(header(COOKIE_HEADER_LENGTH_MAX + 1), false)).toBeUndefined();
  });
});

describe('the form token', () => {
  test('belongs to one session and does not tell it', () => {
    const expected = formTokenOf(token);

    expect(isFormToken(expected, expected)).toBe(true);
    expect(isFormToken(formTokenOf('B'.repeat(43)), expected)).toBe(false);
    expect(expected).not.toContain(token);
    for (const wrong of [undefined, '', [expected], `${expected}x`, token]) expect(isFormToken(wrong, expected)).toBe(false);
  });
});

describe('same origin', () => {
  const base = 'http://localhost:8080';

  test.each([
    [{}, true],
    [{ origin: 'http://localhost:8080' }, true],
    [{ origin: 'http://127.0.0.1:8080', host: '127.0.0.1:8080' }, true],
    [{ origin: 'https://phr.example', host: 'phr.example' }, true],
    [{ origin: 'http://evil.example', host: 'localhost:8080' }, false],
    [{ origin: 'http://localhost:8081', host: 'localhost:8080' }, false],
    [{ origin: 'null', host: 'localhost:8080' }, false],
    [{ origin: '', host: 'localhost:8080' }, false],
    [{ secFetchSite: 'same-origin', origin: base }, true],
    [{ secFetchSite: 'none' }, true],
    [{ secFetchSite: 'cross-site', origin: base }, false],
    [{ secFetchSite: 'same-site' }, false],
  ])('%j: %s', (headers, expected) => {
    expect(isSameOrigin(headers, base)).toBe(expected);
  });
});
