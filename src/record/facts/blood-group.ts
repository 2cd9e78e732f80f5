/** A declared blood group taken apart: `AB+` -> { abo: 'AB', rhesus: '+' }. Either part may be missing. */
export interface BloodGroup {
  readonly abo?: 'A' | 'B' | 'AB' | 'O';
  readonly rhesus?: '+' | '-';
}

/** Reads what was declared, in any of the usual spellings; undefined when it is not a blood group at all (then the text stands as it is). */
export function readBloodGroup(text: string): BloodGroup | undefined {
  const match = /^(AB|A|B|O|0)?\s*(?:RH)?\s*(?:\(?\s*([+-]|DƯƠNG|ÂM|POS|NEG)\s*\)?)?$/u.exec(
    text.trim().toUpperCase().replaceAll('–', '-'),
  );
  if (match === null || (match[1] === undefined && match[2] === undefined)) return undefined;
  const abo = match[1] === '0' ? 'O' : (match[1] as BloodGroup['abo']);
  const rhesus = match[2] === undefined ? undefined : /^(\+|DƯƠNG|POS)$/u.test(match[2]) ? '+' : '-';
  return { ...(abo === undefined ? {} : { abo }), ...(rhesus === undefined ? {} : { rhesus }) };
}

/** Do two declarations contradict one another? `A` and `A+` do not; `A` and `B+` do; an unreadable one contradicts all but itself. */
export function contradict(a: string, b: string): boolean {
  const [left, right] = [readBloodGroup(a), readBloodGroup(b)];
  if (left === undefined || right === undefined) return a.trim().toUpperCase() !== b.trim().toUpperCase();
  const differs = <T>(x: T | undefined, y: T | undefined): boolean => x !== undefined && y !== undefined && x !== y;
  return differs(left.abo, right.abo) || differs(left.rhesus, right.rhesus);
}

/** How much a declaration says: group and rhesus over group alone. */
export function completeness(text: string): number {
  const group = readBloodGroup(text);
  return (group?.abo === undefined ? 0 : 1) + (group?.rhesus === undefined ? 0 : 1);
}
