/** Combining marks of Latin letters: tone and quality marks of Vietnamese among them. */
const MARKS = /[\u0300-\u036f]/g;

/**
 * A text as string search compares it: lower case, without marks (đ is d), NFC and NFD alike, punctuation ignored, one space between words.
 * https://hl7.org/fhir/R4/search.html#string
 *
 * @example fold('Đặng  Thị Hòa') // 'dang thi hoa'
 */
export function fold(text: string): string {
  const plain = text.normalize('NFD').replace(MARKS, '').toLowerCase().replaceAll('đ', 'd');
  return plain
    .replace(/['’.]/g, '')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}

/** A text as `:exact` compares it: case and marks count, NFC and NFD are alike. */
export function exact(text: string): string {
  return text.normalize('NFC');
}

/** A code or identifier as token search compares it: case is ignored when in doubt (https://hl7.org/fhir/R4/search.html#token). */
export function tokenForm(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
