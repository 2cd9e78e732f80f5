import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';

/** A piece of code on a page, and what the page says that it prints (`…` stands for anything). */
export interface Snippet {
  readonly language: string;
  /** The heading above it. */
  readonly heading: string;
  readonly code: string;
  readonly prints?: string;
}

/** Fenced blocks of a page in their order; a `text` block belongs to the code before it. */
export function snippetsOf(page: string): readonly Snippet[] {
  const text = readFileSync(join(projectRoot, page), 'utf8');
  const snippets: Snippet[] = [];
  let heading = '';
  for (const match of text.matchAll(/^#+ (.+)$|^```(\w+)\n([\s\S]*?)^```$/gm)) {
    const [, title, language = '', code = ''] = match;
    if (title !== undefined) heading = title;
    else if (language === 'text') {
      const last = snippets.pop();
      if (last === undefined) throw new Error(`${page}: output before any code`);
      snippets.push({ ...last, prints: code.trim() });
    } else snippets.push({ language, heading, code });
  }
  return snippets;
}

/** What a page says that is printed, as a pattern. */
export function patternOf(prints: string): RegExp {
  const pieces = prints.split('…').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pieces.join('[^\\n]*')}$`);
}
