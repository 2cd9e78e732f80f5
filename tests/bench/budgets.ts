import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../support/project-root.js';
import type { Figure } from './bench.js';

interface Budget {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** What issues "Slice" and "Engines" ask for, by bench and figure; compared here and never by the test suite, because a machine may be busy. */
export const readBudgets = (): Readonly<Record<string, Readonly<Record<string, Budget>>>> =>
  JSON.parse(readFileSync(join(projectRoot, 'tests', 'bench', 'budgets.json'), 'utf8')) as ReturnType<typeof readBudgets>;

/** Undefined when the figure has no budget. */
export function verdictOf(
  figure: Figure,
  budget: Budget | undefined,
): { readonly text: string; readonly isKept: boolean } | undefined {
  if (budget?.atLeast !== undefined) {
    const isKept = figure.value >= budget.atLeast;
    return { text: `${isKept ? 'kept' : 'MISSED'}: at least ${String(budget.atLeast)}`, isKept };
  }
  if (budget?.atMost === undefined) return undefined;
  const isKept = figure.value <= budget.atMost;
  return { text: `${isKept ? 'kept' : 'MISSED'}: at most ${String(budget.atMost)}`, isKept };
}
