import { expect, test } from '@jest/globals';
import { pathAfterSignIn, RETURN_PATH_LENGTH_MAX } from '../../../src/web/http/start-pages.js';

test('a sign-in leads back to a page of the role', () => {
  expect(pathAfterSignIn('station', '/station/person/abc')).toBe('/station/person/abc');
  expect(pathAfterSignIn('citizen', '/citizen')).toBe('/citizen');
  expect(pathAfterSignIn('steward', undefined)).toBe('/steward');
});

test.each([
  '//evil.example/station',
  'https://evil.example',
  '/\\evil.example',
  '/station/..//evil.example',
  '/station/../sign-in',
  '/stationary',
  '/citizen',
  '/station?x=1',
  '/station/\n',
  `/station/${'a'.repeat(RETURN_PATH_LENGTH_MAX)}`,
])('anything else leads to the start page: %j', (asked) => {
  expect(pathAfterSignIn('station', asked)).toBe('/station');
});

test('a way back of the longest length is still followed', () => {
  const path = `/station/${'a'.repeat(RETURN_PATH_LENGTH_MAX - '/station/'.length)}`;

  expect(pathAfterSignIn('station', path)).toBe(path);
});
