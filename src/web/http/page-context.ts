import type { Request, Response } from 'express';
import { originOf } from '../../access/authenticate.js';
import type { SessionLocals } from '../../access/session-middleware.js';
import type { Session } from '../../access/sessions.js';
import { CATALOGUES, languageOf } from '../messages/language.js';
import type { Language } from '../messages/language.js';
import type { Messages } from '../messages/vi.js';
import { STYLESHEET_PATH } from './stylesheet.js';

/** What every page is rendered with. */
export interface PageContext {
  readonly t: Messages;
  readonly language: Language;
  /** Path without query, for the link to the other language and the mark in the menu. */
  readonly path: string;
  readonly session: Session | undefined;
  readonly demonstration: boolean;
  readonly now: Date;
  readonly requestId: string;
  readonly stylesheet: string;
}

export function pageContextOf(
  req: Request,
  res: Response,
  deps: { readonly demonstration: boolean; readonly now: () => Date },
): PageContext {
  const language = languageOf(req.query['lang'], req.get('cookie'));
  return {
    t: CATALOGUES[language],
    language,
    path: req.path,
    session: (res.locals as SessionLocals).session,
    demonstration: deps.demonstration,
    now: deps.now(),
    requestId: originOf(req, res).requestId,
    stylesheet: STYLESHEET_PATH,
  };
}

/** A parameter of the address, if it is given once and not longer than `maxLength` characters. */
export function queryText(req: Request, name: string, maxLength = 500): string | undefined {
  const value = req.query[name];
  return typeof value === 'string' && value !== '' && value.length <= maxLength ? value : undefined;
}

/** A field of a form as typed; '' when it is missing or given twice. */
export function fieldText(req: Request, name: string): string {
  const value = (req.body as Readonly<Record<string, unknown>> | undefined)?.[name];
  return typeof value === 'string' ? value.normalize('NFC').trim() : '';
}
