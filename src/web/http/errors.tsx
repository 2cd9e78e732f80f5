import type { ErrorRequestHandler, Request, Response } from 'express';
import { isPhrError, PhrError } from '../../errors.js';
import type { ErrorCategory } from '../../errors.js';
import type { Messages } from '../messages/vi.js';
import { Frame } from '../ui/frame.js';
import type { PageContext } from './page-context.js';
import { sendPage } from './send-page.js';

/** What the pages log: failures that nobody foresaw, and answers that are not possible now. */
export interface WebLog {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** A browser that is told to wait asks again after so long. In seconds. */
export const RETRY_AFTER_SECONDS = 5;

type Words = readonly [title: keyof Messages['errors'], text: keyof Messages['errors']];
const NOT_FOUND: Words = ['notFound', 'notFoundText'];
const FORBIDDEN: Words = ['forbidden', 'forbiddenText'];
const UNAVAILABLE: Words = ['unavailable', 'unavailableText'];
const BAD_REQUEST: Words = ['badRequest', 'badRequestText'];

const ANSWERS: Readonly<Record<ErrorCategory, readonly [status: number, words: Words]>> = {
  malformed: [400, BAD_REQUEST],
  invalid: [400, BAD_REQUEST],
  unauthenticated: [401, FORBIDDEN],
  forbidden: [403, FORBIDDEN],
  'not-found': [404, NOT_FOUND],
  gone: [404, NOT_FOUND],
  conflict: [409, BAD_REQUEST],
  'precondition-failed': [409, BAD_REQUEST],
  unsupported: [400, BAD_REQUEST],
  'too-costly': [400, BAD_REQUEST],
  method: [405, BAD_REQUEST],
  format: [400, BAD_REQUEST],
  'too-large': [413, ['tooLarge', 'badRequestText']],
  'media-type': [415, BAD_REQUEST],
  throttled: [429, ['unavailable', 'badRequestText']],
  unavailable: [503, UNAVAILABLE],
};

const ErrorPage = ({ page, words: [title, text] }: { readonly page: PageContext; readonly words: Words }) => {
  const { t } = page;
  return (
    <Frame page={page} title={t.errors[title]}>
      <h1>{t.errors[title]}</h1>
      <p class="lead">{t.errors[text]}</p>
      <p class="quiet">
        {t.errors.requestId}: <code>{page.requestId}</code>
      </p>
      <p>
        <a href="/">{t.errors.home}</a>
      </p>
    </Frame>
  );
};

/** Faults of the body parser and of the router (an address that can't be decoded) in our words, with their cause. */
function translated(error: unknown): unknown {
  const { status } = error as { readonly status?: unknown };
  if (isPhrError(error) || typeof status !== 'number') return error;
  if (status === 413) return new PhrError('too-large', 'The form is too large', [], { cause: error });
  if (status === 415) return new PhrError('media-type', 'Not a form', [], { cause: error });
  return status < 500 ? new PhrError('malformed', 'The form cannot be read', [], { cause: error }) : error;
}

/** Answers with a page of the reader's language: the request id, and nothing of what was asked for. */
export function makeErrorPages(deps: {
  readonly logger: WebLog;
  readonly contextOf: (req: Request, res: Response) => PageContext;
}): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    if (res.headersSent) {
      next(thrown);
      return;
    }
    const error = translated(thrown);
    const page = deps.contextOf(req, res);
    const { requestId } = page;
    if (!isPhrError(error)) {
      deps.logger.error({ requestId, err: error }, 'page failed');
      sendPage(res, <ErrorPage page={page} words={['failed', 'failedText']} />, 500);
      return;
    }
    const [status, words] = ANSWERS[error.category];
    if (error.category === 'unavailable') {
      res.setHeader('Retry-After', String(RETRY_AFTER_SECONDS));
      deps.logger.warn({ requestId, err: error.cause ?? error }, 'page not available');
    }
    sendPage(res, <ErrorPage page={page} words={words} />, status);
  };
}
