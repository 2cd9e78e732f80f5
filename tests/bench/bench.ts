/** One figure of a bench; budgets.json names what some have to reach. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface BenchResult {
  readonly bench: string;
  /** What was measured, in words: sizes, connections, rounds. */
  readonly setting: Readonly<Record<string, string | number>>;
  readonly figures: readonly Figure[];
}

export interface BenchContext {
  readonly say: (line: string) => void;
  /** Folder for V8 profiles of the service; absent = none. */
  readonly profileTo?: string;
  /** Shorter rounds and smaller populations, to try the bench itself. */
  readonly quick: boolean;
}

export type Bench = (context: BenchContext) => Promise<readonly BenchResult[]>;
