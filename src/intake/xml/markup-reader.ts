/** Bytes of one start tag of the envelope. */
const MAX_TAG_BYTES = 16 * 1024;

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;

const COMMENT_END = Buffer.from('-->');
const CDATA_END = Buffer.from(']]>');
const INSTRUCTION_END = Buffer.from('?>');

/** One piece of markup; `kind` other than a tag needs no name. `end` is the offset behind it. */
export interface Markup {
  readonly kind: 'open' | 'close' | 'empty' | 'other' | 'doctype';
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Finds markup from the front to the back of a file, in time that grows with its length only. */
export class MarkupReader {
  /** Closing marks that do not occur any more, so that no opening mark looks for them again. */
  readonly #exhausted = new Set<Buffer>();

  constructor(readonly file: Buffer) {}

  /** The next piece of markup at or after `from`, which never goes back; undefined when there is none. */
  next(from: number): Markup | undefined {
    const { file } = this;
    const start = file.indexOf(LT, from);
    if (start < 0) return undefined;
    const second = file[start + 1];
    if (second === 0x21) {
      if (file.toString('latin1', start, start + 4) === '<!--') return this.#skipTo(start, COMMENT_END, 4);
      if (file.toString('latin1', start, start + 9) === '<![CDATA[') return this.#skipTo(start, CDATA_END, 9);
      return { kind: 'doctype', name: '', start, end: start + 2 };
    }
    if (second === 0x3f) return this.#skipTo(start, INSTRUCTION_END, 2);
    const end = tagEnd(file, start);
    // A lone `<`: broken content of a visit, which `parse` will refuse; looking on behind it finds the next visit.
    if (end === undefined) return { kind: 'other', name: '', start, end: start + 1 };
    const closing = second === SLASH;
    const raw = file.toString('latin1', start + (closing ? 2 : 1), Math.min(end - 1, start + 128));
    const name = /^[^\s/>]*/.exec(raw)?.[0] ?? '';
    const kind = closing ? 'close' : file[end - 2] === SLASH ? 'empty' : 'open';
    return { kind, name: name.slice(name.indexOf(':') + 1), start, end };
  }

  /** Behind the closing mark; one that never ends is taken as its opening mark only, so that what follows is still found. */
  #skipTo(start: number, mark: Buffer, opening: number): Markup {
    const found = this.#exhausted.has(mark) ? -1 : this.file.indexOf(mark, start + opening);
    if (found < 0) this.#exhausted.add(mark);
    return { kind: 'other', name: '', start, end: found < 0 ? start + opening : found + mark.length };
  }
}

/** Behind the `>` of the tag that begins at `start`; quotes are respected, a second `<` ends the search. */
function tagEnd(file: Buffer, start: number): number | undefined {
  let quote = 0;
  const stop = Math.min(file.length, start + MAX_TAG_BYTES);
  for (let at = start + 1; at < stop; at += 1) {
    const byte = file[at];
    if (quote !== 0) {
      if (byte === quote) quote = 0;
      else if (byte === LT) return undefined;
    } else if (byte === GT) return at + 1;
    else if (byte === LT) return undefined;
    else if (byte === 0x22 || byte === 0x27) quote = byte;
  }
  return undefined;
}
