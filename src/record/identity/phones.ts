/** Prefixes of eleven-digit numbers before late 2018 and their successors (merging.md §1.3). */
export const OLD_PREFIXES: Readonly<Record<string, string>> = {
  '0162': '032',
  '0163': '033',
  '0164': '034',
  '0165': '035',
  '0166': '036',
  '0167': '037',
  '0168': '038',
  '0169': '039',
  '0120': '070',
  '0121': '079',
  '0122': '077',
  '0126': '076',
  '0128': '078',
  '0123': '083',
  '0124': '084',
  '0125': '085',
  '0127': '081',
  '0129': '082',
  '0186': '056',
  '0188': '058',
  '0199': '059',
};

/** Typed where a form insists on a number: seven or more equal digits at the end, or counting. */
const DUMMY = /(\d)\1{6}$|^0?123456789|^0987654321$|^0912345678$/;

/** `+84…`, with old prefixes mapped; undefined for what cannot be a Vietnamese number and for dummies. Household evidence only. */
export function readPhone(raw: string | undefined): string | undefined {
  let digits = (raw ?? '').replace(/[\s.\-()+]/g, '');
  if (!/^\d{9,13}$/.test(digits)) return undefined;
  digits = digits.replace(/^(00)?84(?=\d{9,10}$)/, '0');
  if (/^[35789]\d{8}$/.test(digits)) digits = `0${digits}`; // a spreadsheet ate the zero
  const successor = digits.length === 11 ? OLD_PREFIXES[digits.slice(0, 4)] : undefined;
  if (successor !== undefined) digits = successor + digits.slice(4);
  if (DUMMY.test(digits)) return undefined;
  return /^0[35789]\d{8}$|^02\d{8,9}$/.test(digits) ? `+84${digits.slice(1)}` : undefined;
}
