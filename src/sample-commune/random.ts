/** A seeded source of choices. Equal seeds give equal choices on every machine; protects nothing. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole number, both ends included. */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** By weight; weights need no sum of one. */
  weighted<T>(table: readonly (readonly [value: T, weight: number])[]): T;
  /** Around `mean`: the sum of four draws, so never further than 3.5 `spread` away. */
  around(mean: number, spread: number): number;
  /** A stream of its own: what is drawn from it moves nothing here. */
  fork(name: string): Random;
}

/** sfc32 seeded by FNV-1a of the name: fast, 128 bits of state, passes PractRand. */
export function makeRandom(seed: string): Random {
  let [a, b, c, counter] = [hash(seed, 1), hash(seed, 2), hash(seed, 3), 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let warmUp = 0; warmUp < 12; warmUp += 1) next();
  const random: Random = {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    pick: (list) => {
      const value = list[Math.floor(next() * list.length)];
      if (value === undefined) throw new RangeError('nothing to pick from');
      return value;
    },
    weighted: (table) => {
      let rest = next() * table.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [value, weight] of table) {
        rest -= weight;
        if (rest < 0) return value;
      }
      const last = table.at(-1);
      if (last === undefined) throw new RangeError('nothing to pick from');
      return last[0];
    },
    around: (mean, spread) => mean + spread * 1.75 * (next() + next() + next() + next() - 2),
    fork: (name) => makeRandom(`${seed}/${name}`),
  };
  return random;
}

function hash(text: string, salt: number): number {
  let value = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1);
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return (value ^ (value >>> 15)) | 0;
}
