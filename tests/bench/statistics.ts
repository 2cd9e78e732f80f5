/** Nearest-rank percentile. @param sorted ascending @param share in (0, 1] */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const ascending = (values: readonly number[]): Float64Array => Float64Array.from(values).sort();

export const median = (values: readonly number[]): number => percentile(ascending(values), 0.5);

/** For people: three significant digits, no exponent. */
export const short = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(value >= 1_000 ? 4 : 3))) : 'n/a';

/** Of rounds taken in turn, one by one: what else runs on the machine meets both. */
export const ratiosOf = (
  ours: readonly { readonly perSecond: number }[],
  theirs: readonly { readonly perSecond: number }[],
): readonly number[] => ours.map(({ perSecond }, round) => perSecond / (theirs[round]?.perSecond ?? Number.NaN));
