import type { IntakeFormat } from '../parsed-visit.js';
import { BHYT_CATALOGUES } from './catalogues.js';
import type { BhytCatalogues } from './catalogues.js';
import { cutEnvelope } from './envelope-cut.js';
import { readEnvelopeContext } from './envelope-context.js';
import { parseVisit } from './parse-visit.js';
import type { RestrictionOf } from './visit-facts.js';

/** Door name on receipts: interfaces.md §3. */
export const BHYT_XML_DOOR = 'bhyt-xml';

/**
 * The insurance files of QĐ 130, 4750 and 3176: `docs/interfaces/bhyt-xml.md`. Pure.
 *
 * @param rules.restrictionOf label of content that is never shown by default; absent = nothing is labelled (tests)
 * @param rules.catalogues code lists; absent = those of `catalogues.ts`
 */
export function makeBhytXmlFormat(
  rules: { readonly restrictionOf?: RestrictionOf; readonly catalogues?: BhytCatalogues } = {},
): IntakeFormat {
  const { restrictionOf = () => undefined, catalogues = BHYT_CATALOGUES } = rules;
  return {
    door: BHYT_XML_DOOR,
    cut: cutEnvelope,
    readContext: readEnvelopeContext,
    parse: (segment, position, context, sender) => parseVisit(segment, position, context, sender, { restrictionOf, catalogues }),
  };
}
