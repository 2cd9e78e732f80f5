import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestHandler } from 'express';

// A file of the program, copied beside the built JavaScript by scripts/build-steps/30-web-stylesheet.mjs.
const TEXT = readFileSync(new URL('../ui/stylesheet.css', import.meta.url), 'utf8');
const HASH = createHash('sha256').update(TEXT).digest('hex').slice(0, 16);

/** Address of the one stylesheet; another content has another address, so browsers may keep it for ever. */
export const STYLESHEET_PATH = `/assets/${HASH}.css`;

export const sendStylesheet: RequestHandler = (_req, res) => {
  res.locals['interaction'] = 'stylesheet';
  res.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
  res.type('css').send(TEXT);
};
