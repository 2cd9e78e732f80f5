/**
 * The JSON number that a typed number is, digits kept: `080` → `80`, `58.50` → `58.50`. Never a guess: `1.200,5`, `~60` or `120/80`
 * are no numbers.
 *
 * @param comma true where the decimal comma is the sender's habit (a Vietnamese spreadsheet): `5,6` → `5.6`; three digits after a comma
 *   could be thousands and stay unread
 * @returns undefined when `text` is not one number of at most 15 digits
 */
export function numberText(text: string, comma = false): string | undefined {
  const trimmed = text.trim();
  const point = comma && /^\d{1,9},\d{1,2}$/.test(trimmed) ? trimmed.replace(',', '.') : trimmed;
  const match = /^(\d{1,9})(\.\d{1,6})?$/.exec(point);
  if (match === null) return undefined;
  return `${(match[1] ?? '').replace(/^0+(?=\d)/, '')}${match[2] ?? ''}`;
}
