/** Stands for "no clinical date": below every date, so that undated rows come last when the newest dates come first. */
export const UNDATED = -9_000_000_000_000_000;

/** Outermost instants kept for open ranges, in milliseconds. */
export const FAR_PAST = -8_900_000_000_000_000;
export const FAR_FUTURE = 8_900_000_000_000_000;

/** Longest range of each bucket: a query that meets short ranges need not look far back for long ones. Milliseconds for dates. */
const BUCKET_LENGTHS = [0.01, 1, 1_000, 3_600_000, 86_400_000, 31 * 86_400_000, 366 * 86_400_000, 3_660 * 86_400_000, Infinity];

export const bucketOf = (start: number, end: number): number => {
  const bucket = BUCKET_LENGTHS.findIndex((longest) => end - start <= longest);
  return bucket === -1 ? BUCKET_LENGTHS.length - 1 : bucket;
};

/** Keeps open ends inside what an integer column holds. */
export const bounded = (instant: number): number => Math.min(FAR_FUTURE, Math.max(FAR_PAST, instant));

export interface RangeBounds {
  readonly startMin?: number;
  readonly startMax?: number;
  readonly endMin?: number;
  readonly endMax?: number;
}

/** Bounds as four numbers: start in `[a, b)`, end in `[c, d)`. The upper defaults lie above every stored instant. */
export const rangeLimits = ({ startMin, startMax, endMin, endMax }: RangeBounds): readonly [number, number, number, number] => [
  startMin ?? FAR_PAST,
  startMax ?? FAR_FUTURE + 1e12,
  endMin ?? FAR_PAST,
  endMax ?? FAR_FUTURE + 1e12,
];

/** Of each bucket, the stretch `[from, to)` of starts in which a range within the bounds can begin. */
export function startsByBucket(
  bounds: RangeBounds,
): readonly { readonly bucket: number; readonly from: number; readonly to: number }[] {
  const [startMin, startMax, endMin, endMax] = rangeLimits(bounds);
  return BUCKET_LENGTHS.map((longest, bucket) => ({
    bucket,
    from: longest === Infinity ? startMin : Math.max(startMin, endMin - longest),
    to: Math.min(startMax, endMax),
  })).filter(({ from, to }) => from < to);
}
