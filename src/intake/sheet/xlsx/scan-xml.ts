import { SaxesParser } from 'saxes';
import { PhrError } from '../../../errors.js';
import { decodeUtf8 } from '../../xml/xml-reader.js';

/** Elements open at the same time in a part of a workbook; a worksheet has six. */
const MAX_DEPTH = 32;
/** Characters handed to the parser at once. */
const CHUNK_LENGTH = 64 * 1024;

export interface XmlScan {
  /** `name` without namespace prefix; `attribute` by its local name. */
  open?(name: string, attribute: (name: string) => string | undefined): void;
  text?(text: string): void;
  /** Returns `'enough'` to read no further. */
  close?(name: string): 'enough' | undefined;
}

class Enough extends Error {}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/**
 * Walks through one part of a workbook without building a tree. UTF-8, no DOCTYPE.
 *
 * @throws PhrError `malformed` with a fixed sentence: the parser's own could quote the content
 */
export function scanXml(part: Uint8Array, scan: XmlScan): void {
  const parser = new SaxesParser({ xmlns: false, position: false });
  const refuse = (): never => {
    throw new PhrError('malformed', 'Tệp Excel bị hỏng: một phần của tệp không phải XML đúng cú pháp');
  };
  let depth = 0;
  parser.on('error', refuse);
  parser.on('doctype', refuse);
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    if (depth > MAX_DEPTH) refuse();
    scan.open?.(localName(name), (wanted) => {
      for (const [key, value] of Object.entries(attributes)) if (localName(key) === wanted) return value;
      return undefined;
    });
  });
  parser.on('text', (text) => scan.text?.(text));
  parser.on('cdata', (text) => scan.text?.(text));
  parser.on('closetag', ({ name }) => {
    depth -= 1;
    if (scan.close?.(localName(name)) === 'enough') throw new Enough();
  });
  const text = decodeUtf8(part);
  try {
    for (let start = 0; start < text.length; start += CHUNK_LENGTH) parser.write(text.slice(start, start + CHUNK_LENGTH));
    parser.close();
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
}
