import { SaxesParser } from 'saxes';
import { PhrError } from '../../errors.js';

/** Bounds of one document. A document beyond them is refused, never cut. */
export interface XmlLimits {
  /** Bytes (UTF-8) of the whole document. */
  readonly maxBytes: number;
  /** Elements open at the same time. */
  readonly maxDepth: number;
  readonly maxElements: number;
  /** UTF-16 units of one element's own text. */
  readonly maxTextLength: number;
  /** Attributes of one element. */
  readonly maxAttributes: number;
}

/** Bounds for one inner document of a health file: some hundred rows of some fifty fields, texts of a few pages. */
export const INNER_DOCUMENT_LIMITS: XmlLimits = {
  maxBytes: 16 * 1024 * 1024,
  maxDepth: 32,
  maxElements: 500_000,
  maxTextLength: 4 * 1024 * 1024,
  maxAttributes: 32,
};

/** One element. Attributes are not kept: none of the formats says anything in them. */
export interface XmlElement {
  /** Local name: a namespace prefix is dropped. */
  readonly name: string;
  /** The element's own text, CDATA sections included, as sent (not trimmed). Markup is text here, never markup. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** Characters handed to the parser at once, so that a bound is noticed before the whole text was read. */
const CHUNK_LENGTH = 64 * 1024;

/** The five entities of XML itself; no prototype, so that `&constructor;` is as undefined as any other name. */
const PREDEFINED_ENTITIES: Readonly<Record<string, string>> = Object.freeze(
  Object.assign(Object.create(null) as Record<string, string>, { amp: '&', gt: '>', lt: '<', quot: '"', apos: "'" }),
);

interface OpenElement {
  name: string;
  text: string;
  children: XmlElement[];
}

/**
 * Reads one bounded document into a light tree. No DTD (a DOCTYPE is refused, so no entity can be declared), no external access, no
 * namespaces. A byte order mark is tolerated; the encoding is UTF-8 whatever the XML declaration says, because exporters write
 * `encoding="utf-16"` over UTF-8 bytes.
 *
 * @param document bytes, or text already decoded
 * @throws PhrError `malformed` (not UTF-8, not well-formed, DOCTYPE, too deep, too many attributes) | `too-large`; nothing else
 */
export function readXml(document: Uint8Array | string, limits: XmlLimits = INNER_DOCUMENT_LIMITS): XmlElement {
  const length = typeof document === 'string' ? document.length : document.byteLength;
  if (length > limits.maxBytes) throw new PhrError('too-large', `Nội dung XML lớn hơn ${limits.maxBytes} byte`);
  const text = typeof document === 'string' ? withoutByteOrderMark(document) : decodeUtf8(document);
  try {
    return parse(text, limits);
  } catch (error) {
    if (error instanceof PhrError) throw error;
    throw new PhrError('malformed', 'Nội dung XML không đọc được', [], { cause: error });
  }
}

/** @throws PhrError `malformed` when the bytes are not UTF-8. A leading byte order mark is dropped. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new PhrError('malformed', 'Nội dung không phải mã hóa UTF-8', [], { cause });
  }
}

/** First child of that name. */
export const childOf = (element: XmlElement, name: string): XmlElement | undefined =>
  element.children.find((child) => child.name === name);

/** Children of that name, in the order of the document. */
export const childrenOf = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((child) => child.name === name);

/** Trimmed text of the first child of that name; undefined when there is none or it is empty: both mean "not sent". */
export function childText(element: XmlElement, name: string): string | undefined {
  const text = childOf(element, name)?.text.trim();
  return text === '' ? undefined : text;
}

const withoutByteOrderMark = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

function parse(text: string, limits: XmlLimits): XmlElement {
  const parser = new SaxesParser({ xmlns: false, position: true });
  parser.ENTITIES = PREDEFINED_ENTITIES as Record<string, string>;
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let attributes = 0;

  const refuse = (reason: string): never => {
    throw new PhrError('malformed', `${reason} (dòng ${parser.line}, cột ${parser.column})`);
  };
  const append = (piece: string): void => {
    const element = open.at(-1);
    if (element === undefined) return;
    if (element.text.length + piece.length > limits.maxTextLength) {
      throw new PhrError('too-large', `Nội dung của một thẻ XML dài hơn ${limits.maxTextLength} ký tự`);
    }
    element.text += piece;
  };

  // The parser's own message may quote the text, which may name a person: only the position is passed on.
  parser.on('error', () => refuse('XML không đúng cú pháp'));
  parser.on('doctype', () => refuse('XML không được có DOCTYPE'));
  parser.on('opentagstart', () => {
    attributes = 0;
    elements += 1;
    if (elements > limits.maxElements) throw new PhrError('too-large', `XML có hơn ${limits.maxElements} thẻ`);
    if (open.length >= limits.maxDepth) refuse(`XML lồng sâu hơn ${limits.maxDepth} cấp`);
  });
  parser.on('attribute', () => {
    attributes += 1;
    if (attributes > limits.maxAttributes) refuse(`Một thẻ XML có hơn ${limits.maxAttributes} thuộc tính`);
  });
  parser.on('opentag', (tag) => {
    open.push({ name: localName(tag.name), text: '', children: [] });
  });
  parser.on('text', append);
  parser.on('cdata', append);
  parser.on('closetag', () => {
    const element = open.pop();
    if (element === undefined) return;
    const parent = open.at(-1);
    if (parent === undefined) root = element;
    else parent.children.push(element);
  });

  for (let start = 0; start < text.length; start += CHUNK_LENGTH) parser.write(text.slice(start, start + CHUNK_LENGTH));
  parser.close();
  return root ?? refuse('XML không có nội dung');
}
