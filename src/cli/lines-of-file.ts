import { createReadStream } from 'node:fs';

/**
 * Reads a file line by line and keeps one line at a time. Lines end with LF or CRLF only: JSON text may hold every other separator.
 *
 * @param limit characters of a line; a longer one is given as undefined
 * @param each  takes a line without its end, and its number from 1
 * @throws the error of the file system when the file can't be read
 */
export async function eachLineOf(
  path: string,
  limit: number,
  each: (line: string | undefined, number: number) => void,
): Promise<void> {
  let number = 0;
  let carry = '';
  let isTooLong = false;
  const end = (rest: string): void => {
    number += 1;
    const line = (number === 1 ? carry.replace(/^\uFEFF/, '') : carry) + rest;
    each(isTooLong || line.length > limit ? undefined : line, number);
    carry = '';
    isTooLong = false;
  };
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const pieces = (carry + String(chunk)).split('\n');
    carry = '';
    const open = pieces.pop() ?? '';
    for (const piece of pieces) {
      carry = piece.endsWith('\r') ? piece.slice(0, -1) : piece;
      end('');
    }
    if (open.length > limit + 1) isTooLong = true;
    else carry = open;
  }
  if (carry !== '' || isTooLong) end('');
}
