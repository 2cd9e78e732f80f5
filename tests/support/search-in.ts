import type { FhirResource } from 'fhir/r4.js';
import { matches } from '../../src/fhir/search/match.js';
import { parseSearch, storeQuery } from '../../src/fhir/search/parse-query.js';
import { plan } from '../../src/fhir/search/plan.js';
import { termsOf } from '../../src/fhir/search/terms.js';
import { evaluateTerms } from './evaluate-terms.js';

/** Is `resource` found by a query string? Asked of the index terms and of the values; the two must agree. */
export function isFound(resource: FhirResource, query: string, nowMs = Date.parse('2026-06-01T00:00:00Z')): boolean {
  const search = parseSearch(resource.resourceType, new URLSearchParams(query), { strict: true, nowMs });
  const asked = storeQuery(resource.resourceType, search);
  const byTerms = evaluateTerms(plan(asked), termsOf(resource), resource.id);
  const byValues = matches(resource, asked);
  if (byTerms !== byValues) throw new Error(`${query}: terms say ${byTerms}, values say ${byValues}`);
  return byTerms;
}
