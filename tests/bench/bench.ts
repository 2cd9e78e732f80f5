import type { Pair } from './parts/pair.js';

/** One figure of a bench; budgets.json names what some have to reach. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface BenchResult {
  /** Name of the bench, then what was varied, behind commas: budgets.json names it so. */
  readonly bench: string;
  /** What was measured, in words: sizes, connections, rounds. */
  readonly setting: Readonly<Record<string, string | number>>;
  readonly figures: readonly Figure[];
}

export interface BenchContext {
  /** The pairs to measure, each running; rounds of both in turn where a ratio is taken. */
  readonly pairs: readonly Pair[];
  readonly say: (line: string) => void;
  /** Folder for V8 profiles of the service; absent = none. */
  readonly profileTo?: string;
  /** Of the bench `population`: numbers of persons, and where files and loaded stores stay for the next run (absent = nowhere). */
  readonly population: { readonly sizes: readonly number[]; readonly folder?: string };
  /** Shorter rounds and smaller populations, to try the bench itself. */
  readonly quick: boolean;
}

export type Bench = (context: BenchContext) => Promise<readonly BenchResult[]>;
