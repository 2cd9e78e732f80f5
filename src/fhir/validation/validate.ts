import type { FhirResource } from 'fhir/r4.js';
import { PhrError, type ErrorIssue } from '../../errors.js';
import { isResourceType } from '../definitions/definitions.js';
import { MAX_JSON_DEPTH } from '../json.js';
import * as validators from './compiled/r4.js';
import { issueOf } from './issues.js';

/** Findings that one answer carries; beyond it the resource is beyond reading, too. */
export const MAX_ISSUES = 100;
/** Contained resources of one resource. */
export const MAX_CONTAINED = 100;
/** Entries of one Bundle. */
export const MAX_BUNDLE_ENTRIES = 5_000;

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const issue = (code: string, expression: string, text: string): ErrorIssue => ({
  severity: 'error',
  code,
  expression,
  text: `${expression} ${text}`,
});

/** Is the value at most `levels` deep? Recursion of the validators stays as shallow as that. */
function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  for (const child of Object.values(value)) if (!isShallow(child, levels - 1)) return false;
  return true;
}

/** Literal references and canonicals below a node that begin with `#`. */
function localReferences(value: unknown, found: Set<string>): void {
  if (typeof value === 'string') {
    if (value.startsWith('#')) found.add(value.slice(1));
  } else if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) localReferences(child, found);
  }
}

/** dom-2 to dom-5 and ref-1. https://hl7.org/fhir/R4/references.html#contained */
function checkContained(resource: Node, root: string, issues: ErrorIssue[], isContained: boolean): void {
  const contained = Array.isArray(resource['contained']) ? (resource['contained'] as unknown[]) : [];
  const references = new Set<string>();
  if (contained.length > 0) localReferences(resource, references);
  if (contained.length > MAX_CONTAINED) {
    issues.push(issue('too-costly', `${root}.contained`, `must not have more than ${MAX_CONTAINED} resources`));
    return;
  }
  const ids = new Set<unknown>();
  contained.forEach((inner, at) => {
    const place = `${root}.contained[${at}]`;
    if (!isNode(inner)) return; // reported as structure already
    const { id } = inner;
    if (typeof id !== 'string') issues.push(issue('required', `${place}.id`, 'is required in a contained resource'));
    else if (ids.has(id)) issues.push(issue('invariant', `${place}.id`, 'is used twice'));
    ids.add(id);
    if (inner['contained'] !== undefined) issues.push(issue('invariant', place, 'dom-2: a contained resource contains none'));
    const meta = isNode(inner['meta']) ? inner['meta'] : {};
    if (meta['versionId'] !== undefined || meta['lastUpdated'] !== undefined) {
      issues.push(issue('invariant', place, 'dom-4: a contained resource has no versionId and no lastUpdated'));
    }
    if (meta['security'] !== undefined)
      issues.push(issue('invariant', place, 'dom-5: a contained resource has no security label'));
    const pointsOut = new Set<string>();
    localReferences(inner, pointsOut);
    if (typeof id === 'string' && !references.has(id) && !pointsOut.has('')) {
      issues.push(issue('invariant', place, 'dom-3: a contained resource is referred to, or refers to its container'));
    }
    checkResource(inner, place, issues, true);
  });
  if (!isContained) checkLocalTargets(resource, root, ids, issues); // the container looks into what it contains
}

/** ref-1: `#id` leads to a contained resource. */
function checkLocalTargets(value: unknown, path: string, ids: ReadonlySet<unknown>, issues: ErrorIssue[]): void {
  if (Array.isArray(value)) value.forEach((item, at) => checkLocalTargets(item, `${path}[${at}]`, ids, issues));
  else if (isNode(value)) {
    for (const [key, child] of Object.entries(value)) {
      if (
        key === 'reference' &&
        typeof child === 'string' &&
        child.startsWith('#') &&
        child !== '#' &&
        !ids.has(child.slice(1))
      ) {
        issues.push(issue('invariant', `${path}.reference`, 'ref-1: must lead to a contained resource'));
      } else if (typeof child === 'object' && child !== null && key !== 'resource') {
        checkLocalTargets(child, /^_?[a-z][A-Za-z0-9]*$/.test(key) ? `${path}.${key}` : path, ids, issues);
      }
    }
  }
}

/** Resources inside a Bundle or Parameters are validated each by its own type. */
function checkInside(resource: Node, root: string, issues: ErrorIssue[]): void {
  const visit = (list: unknown, path: string, keys: readonly string[]): void => {
    if (!Array.isArray(list)) return;
    for (const [at, item] of (list as unknown[]).entries()) {
      if (issues.length >= MAX_ISSUES) return;
      if (!isNode(item)) continue;
      for (const key of keys) if (item[key] !== undefined) checkResource(item[key], `${path}[${at}].${key}`, issues);
      if (isNode(item['response']) && item['response']['outcome'] !== undefined) {
        checkResource(item['response']['outcome'], `${path}[${at}].response.outcome`, issues);
      }
      visit(item['part'], `${path}[${at}].part`, keys);
    }
  };
  if (resource['resourceType'] === 'Bundle') {
    const entries = resource['entry'];
    if (Array.isArray(entries) && entries.length > MAX_BUNDLE_ENTRIES) {
      issues.push(issue('too-costly', `${root}.entry`, `must not have more than ${MAX_BUNDLE_ENTRIES} entries`));
    } else visit(entries, `${root}.entry`, ['resource']);
  }
  if (resource['resourceType'] === 'Parameters') visit(resource['parameter'], `${root}.parameter`, ['resource']);
}

function checkResource(value: unknown, root: string, issues: ErrorIssue[], isContained = false): void {
  if (!isNode(value)) {
    issues.push(issue('structure', root, 'must be an object'));
    return;
  }
  const type = value['resourceType'];
  if (typeof type !== 'string' || !isResourceType(type)) {
    issues.push(issue(type === undefined ? 'required' : 'value', `${root}.resourceType`, 'must name a resource type of FHIR R4'));
    return;
  }
  const validate = validators[type];
  if (validate === undefined) throw new Error(`no validator was compiled for ${type}`);
  if (!validate(value)) {
    for (const error of validate.errors ?? []) issues.push(issueOf(root, error));
    validate.errors = null;
  }
  checkContained(value, root, issues, isContained);
  checkInside(value, root, issues);
}

/**
 * Validates a resource against the base definitions of FHIR R4: names, cardinality, types, primitive formats, choices, required bindings,
 * references, contained resources, invariants (docs/adr/0006-compiled-validation.md lists what is not checked).
 *
 * @param resource from `parseBody`; decimals that keep their digits are understood
 * @returns the same object, typed
 * @throws PhrError `malformed` when it is not an object or names no resource type of R4; `too-costly` when nested more than MAX_JSON_DEPTH levels;
 *   `invalid` with every finding (at most MAX_ISSUES), each with the FHIRPath of its place and without any value
 * @see https://hl7.org/fhir/R4/validation.html
 */
export function validateResource(resource: unknown): FhirResource {
  if (!isNode(resource)) throw new PhrError('malformed', 'The body is not a FHIR resource: a JSON object is expected');
  const type = resource['resourceType'];
  if (typeof type !== 'string' || !isResourceType(type)) {
    const text = type === undefined ? 'resourceType is missing' : 'resourceType is not a resource type of FHIR R4';
    throw new PhrError('malformed', text, [{ severity: 'error', code: type === undefined ? 'structure' : 'value', text }]);
  }
  if (!isShallow(resource, MAX_JSON_DEPTH)) {
    throw new PhrError('too-costly', `The resource is nested more than ${MAX_JSON_DEPTH} levels deep`);
  }
  const issues: ErrorIssue[] = [];
  checkResource(resource, type, issues);
  if (issues.length > 0) throw new PhrError('invalid', `${type} is not valid`, issues.slice(0, MAX_ISSUES));
  return resource as unknown as FhirResource;
}
