import type { IndexTerms, TermExpression } from '../../src/store/indexing.js';

/** What a term expression means, said as plainly as possible: the yardstick of planner and engines. */
export function evaluateTerms(expression: TermExpression, terms: IndexTerms, id: string | undefined): boolean {
  switch (expression.op) {
    case 'all':
      return expression.of.every((one) => evaluateTerms(one, terms, id));
    case 'any':
      return expression.of.some((one) => evaluateTerms(one, terms, id));
    case 'not':
      return !evaluateTerms(expression.of, terms, id);
    case 'equal':
      return terms.equal.includes(expression.term);
    case 'prefix':
      return terms.strings.some(({ param, value }) => param === expression.param && value.startsWith(expression.value));
    case 'range':
      return terms.ranges.some(
        ({ param, start, end }) =>
          param === expression.param &&
          start >= (expression.startMin ?? -Infinity) &&
          start < (expression.startMax ?? Infinity) &&
          end >= (expression.endMin ?? -Infinity) &&
          end < (expression.endMax ?? Infinity),
      );
    case 'id':
      return id !== undefined && expression.ids.includes(id);
    case 'everything':
      return true;
    case 'nothing':
      return false;
  }
}
