import { PhrError } from '../../errors.js';

/** A search value that is none. The parameter is named, the value never. */
export function bad(name: string, why: string): PhrError {
  const text = `Search parameter ${name}: ${why}`;
  return new PhrError('malformed', text, [{ severity: 'error', code: 'invalid', text }]);
}

/** Splits at the commas that are not escaped; escapes stay. https://hl7.org/fhir/R4/search.html#escaping */
export function splitValues(name: string, text: string): string[] {
  const values: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') {
      if (!',|$\\'.includes(text[at + 1] ?? ' ')) throw bad(name, 'a backslash stands only before , | $ or another backslash');
      at += 1;
    } else if (text[at] === ',') {
      values.push(text.slice(start, at));
      start = at + 1;
    }
  }
  values.push(text.slice(start));
  return values;
}

const unescape = (text: string): string => (text.includes('\\') ? text.replace(/\\([,|$\\])/g, '$1') : text);

/** Splits one value at the bars that are not escaped and takes the escapes away. */
export function splitBar(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '|') {
      parts.push(unescape(text.slice(start, at)));
      start = at + 1;
    }
  }
  parts.push(unescape(text.slice(start)));
  return parts;
}

/** One value with its escapes taken away. */
export function unescaped(text: string): string {
  return unescape(text);
}
