import { en } from './en.js';
import { vi } from './vi.js';
import type { Messages } from './vi.js';

export type Language = 'vi' | 'en';
export const CATALOGUES: Readonly<Record<Language, Messages>> = { vi, en };
/** Cookie that keeps a language once chosen; says nothing about the person. */
export const LANGUAGE_COOKIE = 'lang';

const isLanguage = (text: unknown): text is Language => text === 'vi' || text === 'en';

/**
 * The language of a page: asked for in the address, else chosen before, else Vietnamese.
 * Accept-Language is not asked: half of the stations' PCs run an English system, and their people read Vietnamese.
 *
 * @param asked value of the parameter `lang`
 * @param cookie the request's Cookie header
 */
export function languageOf(asked: unknown, cookie: string | undefined): Language {
  if (isLanguage(asked)) return asked;
  const kept = /(?:^|;)\s*lang=([a-z]{2})\s*(?:;|$)/.exec(cookie ?? '')?.[1];
  return isLanguage(kept) ? kept : 'vi';
}

/** The label of a code, or that of `other`, or the code itself. */
export function labelOf(labels: Readonly<Record<string, string>>, code: string): string {
  return (Object.hasOwn(labels, code) ? labels[code] : undefined) ?? labels['other'] ?? code;
}
