import { describe, expect, test } from '@jest/globals';
import { PhrError } from '../../../src/errors.js';
import { ERROR_CATEGORIES, outcomeOfBug, outcomeOfError, statusOf } from '../../../src/fhir/outcome.js';

describe('an expected failure as OperationOutcome', () => {
  test('carries every issue, the request id and the code of its category', () => {
    const error = new PhrError('invalid', 'Observation is not valid', [
      { text: 'is missing', code: 'required', expression: 'Observation.status' },
      { text: 'is odd', severity: 'warning' },
    ]);

    const outcome = outcomeOfError(error, 'r-1');

    expect(outcome).toEqual({
      resourceType: 'OperationOutcome',
      id: 'r-1',
      issue: [
        { severity: 'error', code: 'required', details: { text: 'is missing' }, expression: ['Observation.status'] },
        { severity: 'warning', code: 'invalid', details: { text: 'is odd' } },
      ],
    });
  });

  test('never answers a code that is not in the value set', () => {
    const error = new PhrError('conflict', 'no', [{ text: 'no', code: 'made-up' }]);

    expect(outcomeOfError(error, 'r').issue[0]?.code).toBe('conflict');
  });

  test('every category is a client error or "try again", never 500', () => {
    for (const category of ERROR_CATEGORIES) {
      const status = statusOf(category);
      expect((status >= 400 && status < 500) || status === 503).toBe(true);
    }
  });

  test('a bug says the request id and nothing more', () => {
    expect(outcomeOfBug('r-9').issue).toEqual([
      { severity: 'fatal', code: 'exception', details: { text: 'Internal error; request r-9' } },
    ]);
  });
});
