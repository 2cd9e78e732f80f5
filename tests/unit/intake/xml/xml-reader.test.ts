import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PhrError } from '../../../../src/errors.js';
import { INNER_DOCUMENT_LIMITS, childOf, childText, childrenOf, readXml } from '../../../../src/intake/xml/xml-reader.js';
import type { XmlLimits } from '../../../../src/intake/xml/xml-reader.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function refusalOf(document: Uint8Array | string, limits?: Partial<XmlLimits>): PhrError {
  try {
    readXml(document, { ...INNER_DOCUMENT_LIMITS, ...limits });
  } catch (error) {
    if (error instanceof PhrError) return error;
    throw error;
  }
  throw new Error('was read');
}

describe('reading', () => {
  test('gives children by name, with text and CDATA as sent', () => {
    const root = readXml('<A><B> x &amp; y </B><B><![CDATA[<i>1</i>]]> 2</B><C/></A>');
    expect(root.name).toBe('A');
    expect(childrenOf(root, 'B').map(({ text }) => text)).toEqual([' x & y ', '<i>1</i> 2']);
    expect(childText(root, 'B')).toBe('x & y');
    expect(childText(root, 'C')).toBeUndefined();
    expect(childOf(root, 'D')).toBeUndefined();
  });

  test('tolerates a byte order mark, a wrong encoding name and prefixes', () => {
    const text = '<?xml version="1.0" encoding="utf-16"?><h:A xmlns:h="x"><h:B>Nguyễn</h:B></h:A>';
    expect(childText(readXml(utf8(`\u{feff}${text}`)), 'B')).toBe('Nguyễn');
    expect(childText(readXml(`\u{feff}${text}`), 'B')).toBe('Nguyễn');
  });

  test('reads a text that is longer than one chunk of the parser', () => {
    const long = 'đ'.repeat(200_000);
    expect(childText(readXml(utf8(`<A><B>${long}</B></A>`)), 'B')).toBe(long);
  });
});

describe('refusing', () => {
  test.each([
    ['empty', ''],
    ['blank', '  \n '],
    ['truncated', '<A><B>1</B>'],
    ['crossed tags', '<A><B></A></B>'],
    ['two roots', '<A/><A/>'],
    ['text after the root', '<A/>x'],
    ['an unknown entity', '<A>&nbsp;</A>'],
    ['a name of Object.prototype as entity', '<A>&constructor;</A>'],
    ['JSON', '{"A":1}'],
    ['a control character', '<A>\u0001</A>'],
  ])('%s is malformed', (_what, text) => {
    expect(refusalOf(text).category).toBe('malformed');
  });

  test('a DOCTYPE is refused before any entity is looked at', () => {
    const bomb = `<!DOCTYPE A [<!ENTITY a "x"><!ENTITY b "${'&a;'.repeat(50)}">]><A>&b;</A>`;
    expect(refusalOf(bomb).message).toContain('DOCTYPE');
    expect(refusalOf('<!DOCTYPE A SYSTEM "file:///etc/passwd"><A/>').message).toContain('DOCTYPE');
  });

  test('bytes that are not UTF-8', () => {
    expect(refusalOf(Uint8Array.of(0x3c, 0x41, 0x3e, 0xff, 0x3c, 0x2f, 0x41, 0x3e)).message).toContain('UTF-8');
  });

  test('the message holds a position and none of the text', () => {
    const { message } = refusalOf('<A><HO_TEN>Nguyễn Thị Thử</HO_TEN><056158000117></A>');
    expect(message).toMatch(/dòng 1/);
    expect(message).not.toMatch(/Nguyễn|056158000117/);
  });
});

describe('bounds, each on both sides', () => {
  const nested = (depth: number): string => '<A>'.repeat(depth) + '</A>'.repeat(depth);
  const { maxDepth, maxAttributes } = INNER_DOCUMENT_LIMITS;
  const withAttributes = (count: number): string =>
    `<A ${Array.from({ length: count }, (_, index) => `a${index}=""`).join(' ')}/>`;

  test('depth', () => {
    expect(readXml(nested(maxDepth)).name).toBe('A');
    expect(refusalOf(nested(maxDepth + 1)).category).toBe('malformed');
    expect(refusalOf('<A>'.repeat(100_000)).category).toBe('malformed');
  });

  test('attributes', () => {
    expect(readXml(withAttributes(maxAttributes)).name).toBe('A');
    expect(refusalOf(withAttributes(maxAttributes + 1)).category).toBe('malformed');
  });

  test('bytes, text and elements', () => {
    const limits = { ...INNER_DOCUMENT_LIMITS, maxBytes: 20, maxTextLength: 3, maxElements: 2 };
    expect(readXml('<A>123<B/></A>', limits).text).toBe('123');
    expect(refusalOf('<A>1234<B/></A>', limits).category).toBe('too-large');
    expect(refusalOf('<A>12<![CDATA[34]]></A>', { maxTextLength: 3 }).category).toBe('too-large');
    expect(refusalOf('<A><B/><B/></A>', limits).category).toBe('too-large');
    expect(readXml('<A>                  '.slice(0, 16) + '</A>', { ...limits, maxTextLength: 99 }).name).toBe('A');
    expect(refusalOf('<A>' + ' '.repeat(14) + '</A>', limits).category).toBe('too-large');
  });
});

describe('whatever comes in', () => {
  const onlyExpected = (document: Uint8Array | string): void => {
    try {
      readXml(document, { ...INNER_DOCUMENT_LIMITS, maxBytes: 10_000 });
    } catch (error) {
      expect(error).toBeInstanceOf(PhrError);
    }
  };

  test('random bytes give a tree or a PhrError', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), onlyExpected), { numRuns: 300 });
  });

  test('random pieces of markup give a tree or a PhrError', () => {
    const piece = fc.constantFrom('<A>', '</A>', '<A/>', '<![CDATA[', ']]>', '<!--', '-->', '&lt;', '&x;', '&#0;', '<?x ', '?>');
    const markup = fc.array(fc.oneof(piece, fc.string({ maxLength: 5 }), fc.constant('<!DOCTYPE A [')), { maxLength: 30 });
    fc.assert(
      fc.property(markup, (pieces) => {
        onlyExpected(pieces.join(''));
      }),
      { numRuns: 300 },
    );
  });

  test('every proper prefix of a document is refused', () => {
    const whole = '<?xml version="1.0"?><A><B a="1">x&amp;y</B><![CDATA[z]]></A>';
    for (let length = 0; length < whole.length; length += 1) {
      expect(refusalOf(whole.slice(0, length)).category).toBe('malformed');
    }
  });

  test('printed text comes back unchanged', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => /^[\u0020-\ud7ff]*$/u.test(value));
    const escaped = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (values) => {
        const root = readXml(`<A>${values.map((value) => `<B>${escaped(value)}</B>`).join('')}</A>`);
        expect(root.children.map((child) => child.text)).toEqual(values);
      }),
      { numRuns: 200 },
    );
  });
});
