import type { FhirResource } from 'fhir/r4.js';
import type { PageContext } from '../http/page-context.js';
import { labelOf } from '../messages/language.js';
import { Hidden, Tag } from '../ui/parts.js';
import { confidenceOf, conflictsOf, conflictValueText } from '../words/fhir-text.js';

/** What the parts of a record are shown with: the page, and where the links to the sources lead. */
export interface RecordView {
  readonly page: PageContext;
  /** Path to which `/{Type}/{id}` is added. */
  readonly tracePath: string;
}

/** The small link from a value to its row in the file. `what` tells a screen reader which value. */
export const SourceLink = ({
  view: { page, tracePath },
  of: { resourceType, id },
  what,
}: {
  readonly view: RecordView;
  readonly of: FhirResource;
  readonly what: string;
}) =>
  id === undefined ? null : (
    <a class="source" href={`${tracePath}/${resourceType}/${id}`}>
      <span aria-hidden="true">{page.t.history.source}</span>
      <Hidden>{page.t.history.sourceOf(what)}</Hidden>
    </a>
  );

/** A disease by its name as sent, with its code; by the code alone when no name was sent. */
export const DiseaseName = ({
  page: { t },
  text,
  code,
  strong = true,
}: {
  readonly page: PageContext;
  readonly text: string;
  readonly code: string | undefined;
  readonly strong?: boolean;
}) =>
  text === '' ? (
    <>
      <strong>{code ?? ''}</strong> <span class="unnamed">{t.history.noText}</span>
    </>
  ) : (
    <>
      {strong ? <strong>{text}</strong> : text} {code === undefined ? null : <span class="code">{code}</span>}
    </>
  );

/** How sure a value is, when it is less than said by a source. */
export const Confidence = ({ page: { t }, of }: { readonly page: PageContext; readonly of: FhirResource }) => {
  const confidence = confidenceOf(of);
  return confidence === undefined ? null : (
    <Tag tone="warn">{confidence === 'unconfirmed' ? t.person.unconfirmed : t.person.conflicting}</Tag>
  );
};

/** What other sources say instead: shown, never hidden. */
export const Conflicts = ({ page: { t }, of }: { readonly page: PageContext; readonly of: FhirResource }) => {
  const conflicts = conflictsOf(of);
  return conflicts.length === 0 ? null : (
    <ul class="conflicts">
      {conflicts.map(({ path, values }) => (
        <li>
          {t.person.conflictText(labelOf(t.path, path))}: {values.map((value) => conflictValueText(value, t)).join(' · ')}
        </li>
      ))}
    </ul>
  );
};
