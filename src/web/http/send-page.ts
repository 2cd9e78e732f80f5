import type { Response } from 'express';
import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

/** Renders a whole page and answers with it. Never kept by a browser or proxy: pages hold personal data, and a form token. */
export function sendPage(res: Response, page: VNode, status = 200): void {
  const html = `<!doctype html>${renderToString(page)}`;
  res.status(status).setHeader('Cache-Control', 'no-store').type('html').send(html);
}
