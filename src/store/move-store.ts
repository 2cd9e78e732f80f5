import { PhrError } from '../errors.js';
import { SECTIONS } from './moving.js';
import type { MoveMark, Section, StoreClock, StoreDump, StoreLoader } from './moving.js';

export interface MoveProgress {
  readonly section: Section;
  /** Rows of the section so far. */
  readonly rows: number;
}

/**
 * Moves everything from one store into another, page by page, section by section. Killed at any moment and begun again it goes on behind the
 * last page that the target has kept. The source is only read; that nobody wrote to it is checked at the end (its clock has not moved), before
 * the target may be opened.
 *
 * @throws PhrError `conflict` when the keys differ, the target holds something else, or the source was written meanwhile
 */
export async function moveStore(
  source: StoreDump,
  target: StoreLoader,
  progress: (progress: MoveProgress) => void = () => undefined,
): Promise<StoreClock> {
  if (source.fingerprint !== target.fingerprint) {
    throw new PhrError('conflict', 'The two stores were made with different master keys');
  }
  const clock = await source.clock();
  let mark = await target.begin({ fingerprint: source.fingerprint, ...clock });
  for (const section of SECTIONS.slice(SECTIONS.indexOf(mark.section))) {
    if (section !== mark.section) {
      const next: MoveMark = { source: mark.source, section, rows: 0 };
      await target.load(section, [], mark, next);
      mark = next;
    }
    for await (const { rows, position } of source.pages(section, mark.position)) {
      const next: MoveMark = { ...mark, position, rows: mark.rows + rows.length };
      await target.load(section, rows, mark, next);
      mark = next;
      progress({ section, rows: mark.rows });
    }
  }
  const after = await source.clock();
  if (after.commit !== clock.commit || after.at !== clock.at || after.row !== clock.row) {
    throw new PhrError('conflict', 'The source was written while it was moved: stop its service, empty the target, move again');
  }
  await target.finish(clock);
  return clock;
}

const sameSource = (a: MoveMark['source'], b: MoveMark['source']): boolean =>
  a.fingerprint === b.fingerprint && a.commit === b.commit && a.at === b.at && a.row === b.row;

/** Does what the target keeps stand where this process believes that it stands? */
export const sameMark = (a: MoveMark, b: MoveMark): boolean =>
  sameSource(a.source, b.source) && a.section === b.section && a.position === b.position && a.rows === b.rows;

/** What `begin` makes of what the target holds. @throws PhrError `conflict` */
export function markToBegin(kept: MoveMark | undefined, source: MoveMark['source'], isEmpty: boolean): MoveMark {
  if (kept !== undefined) {
    if (sameSource(kept.source, source)) return kept;
    throw new PhrError('conflict', 'The target holds a part of another move, or its source was written since: empty it first');
  }
  if (!isEmpty) throw new PhrError('conflict', 'The target is not empty');
  return { source, section: SECTIONS[0], rows: 0 };
}

export const anotherMove = (): PhrError => new PhrError('conflict', 'Another process is moving into this store');
