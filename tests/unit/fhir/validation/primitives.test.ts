import { describe, expect, test } from '@jest/globals';
import { MAX_STRING_LENGTH, TEXT_PRIMITIVES } from '../../../../src/fhir/validation/primitives.js';

const div = (content: string, attributes = ''): string =>
  `<div xmlns="http://www.w3.org/1999/xhtml"${attributes}>${content}</div>`;

// https://hl7.org/fhir/R4/datatypes.html#primitive
const valid: Readonly<Record<string, readonly string[]>> = {
  string: ['a', ' a ', 'Hòa\n\t', 'a'.repeat(MAX_STRING_LENGTH)],
  markdown: ['# a\n\nb'],
  code: ['a', 'a b', '<', 'entered-in-error'],
  id: ['a', 'A-1.b', 'a'.repeat(64)],
  uri: ['urn:x', 'a', 'http://a.example/b?c=d', 'urn:oid:1.2.840', 'urn:uuid:187E0C12-8dd2-67e2-99b2-bf273c878281'],
  canonical: ['http://a.example/b|1.0', 'urn:oid:1.2.840', '#inside'],
  oid: ['urn:oid:1.2.840', 'urn:oid:2.0.1'],
  uuid: ['urn:uuid:187e0c12-8dd2-67e2-99b2-bf273c878281'],
  date: ['1974', '1974-12', '1974-12-25', '2024-02-29', '2000-02-29'],
  dateTime: [
    '1974',
    '1974-12-25T14:35:45-05:00',
    '1974-12-25T14:35:45.123456789012Z',
    '2015-02-07T13:28:17+14:00',
    '2016-12-31T23:59:60Z',
  ],
  instant: ['2015-02-07T13:28:17.239+02:00', '2015-02-07T13:28:17Z'],
  time: ['12:00:00', '23:59:59.999'],
  base64Binary: ['QUJD', 'QUI=', 'QQ==', 'QUJD\nQUJD'],
  xhtml: [
    div('a'),
    div('<p class="x">a &lt; b &nbsp;&#160;&#xA0;<br/></p><!-- <x> -->'),
    div('<img src="#x" alt=""/>'),
    div('<table border="1"><tr><td colspan="2">a</td></tr></table>'),
    ` <div\n xmlns='http://www.w3.org/1999/xhtml' lang="vi">a</div>\n`,
  ],
};
const invalid: Readonly<Record<string, readonly string[]>> = {
  string: ['', ' ', '\u0000', 'a\u001f', 'a'.repeat(MAX_STRING_LENGTH + 1)],
  markdown: ['', ' \n'],
  code: ['', ' a', 'a ', 'a  b', 'a\tb', 'a\u0001'],
  id: ['', 'a_b', 'a/b', 'a'.repeat(65), 'ạ'],
  uri: ['', 'a b', '\n', 'a\u0001', 'urn:oid:a', 'urn:oid:1.02', 'urn:uuid:1'],
  canonical: [' ', 'StructureDefinition/Patient', '/a', 'a'],
  oid: ['1.2.3', 'urn:oid:3.1', 'urn:oid:1.02'],
  uuid: ['187e0c12-8dd2-67e2-99b2-bf273c878281', 'urn:uuid:1'],
  date: [
    '',
    '74',
    '1974-1',
    '1974-00',
    '1974-13',
    '1974-02-30',
    '2023-02-29',
    '1900-02-29',
    '0000',
    '1974-12-25T00:00:00Z',
    '25/12/1974',
  ],
  dateTime: [
    '1974-12-25T14:35',
    '1974-12-25T14:35:45',
    '1974-12-25T24:00:00Z',
    '1974-02-30T00:00:00Z',
    '2015-02-07T13:28:17+14:30',
    '2015-02-07T13:28:17+15:00',
    '1974-12-25 14:35:45Z',
  ],
  instant: ['2015-02-07', '2015-02-07T13:28:17'],
  time: ['24:00:00', '12:00', '12:60:00'],
  base64Binary: ['', 'Q', 'QU', 'Q===', 'QU=D', 'QÜ=='],
  xhtml: [
    '',
    'a',
    '<div>a</div>',
    '<div xmlns="http://example.org">a</div>',
    '<p xmlns="http://www.w3.org/1999/xhtml">a</p>',
    '<div xmlns="http://www.w3.org/1999/xhtml">a',
    '<div xmlns="http://www.w3.org/1999/xhtml"/>',
    div(''),
    div(' <br/>\n<!-- a -->'),
    div('a') + div('b'),
    `${div('a')}b`,
    div('<p>a'),
    div('<p><b>a</p></b>'),
    div('a & b'),
    div('a &lt b'),
    div('a<script/>'),
    div('a<iframe src="x"/>'),
    div('<a href="javascript:x">a</a>'),
    div('<td foo="x">a</td>'),
    div('a', ' onclick="x"'),
    div('a<img src=x>'),
    div('a<form/>'),
    div('a < b'),
    div('a<!-- '),
  ],
};

describe.each(Object.keys(TEXT_PRIMITIVES).filter((type) => type !== 'url'))('%s', (type) => {
  const test1 = TEXT_PRIMITIVES[type];

  test.each((valid[type] ?? []).map((text) => [text.slice(0, 60), text]))('takes %j', (_shown, text) => {
    expect(test1?.(text)).toBe(true);
  });

  test.each((invalid[type] ?? []).map((text) => [text.slice(0, 60), text]))('refuses %j', (_shown, text) => {
    expect(test1?.(text)).toBe(false);
  });

  test('was tried on both sides', () => {
    expect([valid[type]?.length, invalid[type]?.length]).not.toContain(undefined);
  });
});

describe('hostile texts', () => {
  test.each([
    '<div>' + '<'.repeat(200_000),
    '<div ' + 'a="b" '.repeat(50_000),
    '<div ' + 'a = '.repeat(50_000),
    div('&'.repeat(200_000)),
    div('<p>'.repeat(50_000)),
    div('<!-- '.repeat(50_000)),
  ])('a long narrative is refused, not chewed %#', (text) => {
    expect(TEXT_PRIMITIVES['xhtml']?.(text)).toBe(false);
  });

  test('a long code is refused or taken, not chewed', () => {
    expect(TEXT_PRIMITIVES['code']?.('a '.repeat(100_000))).toBe(false);
  });
});
