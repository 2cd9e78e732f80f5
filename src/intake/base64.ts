/** Bytes of Base64 text, line breaks and blanks tolerated; undefined when it is not Base64 or empty. */
export function decodeBase64(text: string | undefined): Buffer | undefined {
  const compact = text?.replace(/[\s\uFEFF]+/g, '') ?? '';
  // The first other character, not a match of the whole: a greedy match over megabytes needs a stack as long as the text.
  const end = compact.search(/[^A-Za-z0-9+/]/);
  const digits = end === -1 ? compact.length : end;
  if (digits === 0 || digits % 4 === 1 || !/^={0,2}$/.test(compact.slice(digits, digits + 3))) return undefined;
  return Buffer.from(compact, 'base64');
}
