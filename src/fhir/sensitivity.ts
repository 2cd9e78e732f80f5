/** Catalogue of content that is never shown by default: `fhir-profiles/catalogues/restricted-codes.json`. */
export interface RestrictedCodes {
  readonly version: string;
  /** FHIR date from which this version of the rules is used. */
  readonly validFrom: string;
  readonly groups: readonly RestrictedGroup[];
}

export interface RestrictedGroup {
  /** Label of the content, `restricted/<group>`. */
  readonly label: string;
  /** ICD-10 categories (letter and two digits), first and last included. */
  readonly icd10: readonly (readonly [first: string, last: string])[];
  /** Over folded text, see `foldText`. */
  readonly patterns: readonly RegExp[];
}

/**
 * The label under which content is withheld from station and portal (bhyt-xml.md §9); undefined = nothing restricted.
 * Withholding too much is the safe side: the mere mention ("HIV âm tính") is enough, and an unreadable code is not a reason to show its text.
 *
 * @param content.icd10 one ICD-10 code or several, as sent: `B20`, `b20.1`, `B201`, `F32.1†`, `I10;Z21`
 * @param content.text  any text of the content: name of the disease, drug, service, index, note
 */
export function restrictionOf(
  content: { readonly icd10?: string | undefined; readonly text?: string | undefined },
  catalogue: RestrictedCodes,
): string | undefined {
  const categories = [...(content.icd10 ?? '').toUpperCase().matchAll(/(?<![A-Z0-9])[A-Z]\d\d/g)].map(([category]) => category);
  const text = content.text === undefined ? '' : foldText(content.text);
  return catalogue.groups.find(
    ({ icd10, patterns }) =>
      categories.some((category) => icd10.some(([first, last]) => category >= first && category <= last)) ||
      (text !== '' && patterns.some((pattern) => pattern.test(text))),
  )?.label;
}

/** Lower case without marks, đ as d, everything but letters and digits as one space: what the patterns are written for. */
function foldText(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
}
