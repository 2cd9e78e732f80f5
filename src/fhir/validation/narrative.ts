// https://hl7.org/fhir/R4/narrative.html#xhtml: what the div of a narrative may be.

/** Elements of txt-1: basic formatting, nothing that runs, loads a frame or posts a form. */
const HTML_TAGS = new Set(
  (
    'a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre q samp small span ' +
    'strong sub sup table tbody td tfoot th thead tr tt ul var'
  ).split(' '),
);
/** Attributes of txt-1, on whatever element. */
const HTML_ATTRIBUTES = new Set(
  (
    'abbr accesskey align alt axis border cellpadding cellspacing char charoff charset cite class colspan coords dir frame headers height href hreflang ' +
    'id ismap lang longdesc name nowrap rel rev rowspan rules scope shape space span src style summary tabindex title type usemap valign width ' +
    'xml:lang xml:space xmlns'
  ).split(' '),
);
const XHTML = 'http://www.w3.org/1999/xhtml';
const TAG = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*\/?>/y;
const ATTRIBUTE = /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const BARE_AMPERSAND = /&(?!(?:[A-Za-z][A-Za-z0-9]*|#\d+|#x[0-9A-Fa-f]+);)/;

type Attributes = ReadonlyMap<string, string>;

function attributesOf(text: string): Attributes {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) attributes.set(name, double ?? single ?? '');
  return attributes;
}

function areAllowed(attributes: Attributes): boolean {
  for (const [name, value] of attributes) {
    if (!HTML_ATTRIBUTES.has(name) || /^\s*(javascript|vbscript|data:text)/i.test(value)) return false;
  }
  return true;
}

/** A piece of a narrative: a tag, a comment, or the text up to the next `<`. */
type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'comment' }
  | { readonly kind: 'open' | 'close' | 'empty'; readonly name: string; readonly attributes: Attributes };

/** Pieces in their order; undefined in the place of what is none. */
function* piecesOf(text: string): Generator<Piece | undefined> {
  const tag = new RegExp(TAG);
  for (let at = 0; at < text.length;) {
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('-->', at);
      yield end < 0 ? undefined : { kind: 'comment' };
      at = end + 3;
    } else if (text.startsWith('<', at)) {
      tag.lastIndex = at;
      const match = tag.exec(text);
      const [whole = '', slash, name = '', attributes = ''] = match ?? [];
      const kind = slash === '/' ? 'close' : whole.endsWith('/>') ? 'empty' : 'open';
      yield match === null ? undefined : { kind, name, attributes: attributesOf(attributes) };
      at = tag.lastIndex;
    } else {
      const end = text.indexOf('<', at);
      const next = end < 0 ? text.length : end;
      yield { kind: 'text', text: text.slice(at, next) };
      at = next;
    }
  }
}

/**
 * Is the text one well-formed div in the XHTML namespace, of basic formatting only (txt-1), that says or shows something (txt-2)?
 * Character references may have any name: those of HTML 4 are many, and what they stand for is harmless.
 */
export function isNarrative(text: string): boolean {
  if (BARE_AMPERSAND.test(text)) return false;
  const open: string[] = [];
  let hasBegun = false;
  let saysSomething = false;
  for (const piece of piecesOf(text)) {
    if (piece === undefined) return false;
    if (piece.kind === 'comment') continue;
    const isOutside = open.length === 0;
    if (piece.kind === 'text') {
      const isBlank = piece.text.trim() === '';
      if (isOutside && !isBlank) return false;
      saysSomething ||= !isBlank;
    } else if (piece.kind === 'close') {
      if (open.pop() !== piece.name) return false;
    } else {
      if (!HTML_TAGS.has(piece.name) || !areAllowed(piece.attributes)) return false;
      if (isOutside && (hasBegun || piece.name !== 'div' || piece.attributes.get('xmlns') !== XHTML)) return false;
      hasBegun = true;
      saysSomething ||= piece.name === 'img';
      if (piece.kind === 'open') open.push(piece.name);
    }
  }
  return hasBegun && open.length === 0 && saysSomething;
}
