#!/usr/bin/env node
// Makes fhir-profiles/r4/*.json out of the official npm package hl7.fhir.r4.examples 4.0.1 (191 MB unpacked, so the extract is committed, not the package).
//
//   npm pack hl7.fhir.r4.examples@4.0.1 && tar xf hl7.fhir.r4.examples-4.0.1.tgz
//   node scripts/extract-fhir-definitions.mjs ./package
//
// types.json              every data type and resource type: its elements (path below the type, cardinality, types, targets, required binding …)
// search-parameters.json  the whole official registry
// value-sets.json         codes of the value sets that a required binding names and that can be listed
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: extract-fhir-definitions.mjs FOLDER (the unpacked package hl7.fhir.r4.examples 4.0.1)');
  process.exit(2);
}
const target = join(dirname(fileURLToPath(import.meta.url)), '..', 'fhir-profiles', 'r4');
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const names = readdirSync(folder);
const missing = [];

const PROFILE = 'http://hl7.org/fhir/StructureDefinition/';
const SYSTEM_TYPE = 'http://hl7.org/fhirpath/System.';
const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';
/** Value sets with more codes than this are not listed; the binding is then checked by nobody. */
const MAX_CODES = 1_000;

const shortProfile = (url) => (url.startsWith(PROFILE) ? url.slice(PROFILE.length) : url);

function typeOf(type) {
  if (!type.code.startsWith(SYSTEM_TYPE)) return type.code;
  const named = type.extension?.find((extension) => extension.url === FHIR_TYPE);
  return named?.valueUrl ?? named?.valueUri ?? type.code.slice(SYSTEM_TYPE.length).toLowerCase();
}

const requiredSets = new Set();

function elementOf(element, root) {
  const out = { path: element.path.slice(root.length + 1) };
  if (element.min !== 0) out.min = element.min;
  if (element.max !== '1') out.max = element.max;
  if (element.contentReference !== undefined) out.ref = element.contentReference.replace(/^.*#/, '').slice(root.length + 1);
  if (element.type !== undefined) out.types = [...new Set(element.type.map(typeOf))];
  const targets = (element.type ?? []).flatMap((type) => type.targetProfile ?? []).map(shortProfile);
  if (targets.length > 0 && !targets.includes('Resource')) out.targets = [...new Set(targets)];
  if (element.maxLength !== undefined) out.maxLength = element.maxLength;
  for (const key of Object.keys(element))
    if (/^(fixed|pattern)[A-Z]/.test(key)) out[key.startsWith('fixed') ? 'fixed' : 'pattern'] = element[key];
  if (element.binding?.strength === 'required' && element.binding.valueSet !== undefined) {
    out.valueSet = element.binding.valueSet.split('|')[0];
    requiredSets.add(out.valueSet);
  }
  return out;
}

// Types -------------------------------------------------------------------------------------------------------------
const types = {};
for (const name of names.filter((file) => file.startsWith('StructureDefinition-')).sort()) {
  const definition = read(name);
  const named = !definition.abstract || ['Resource', 'DomainResource', 'Element', 'BackboneElement'].includes(definition.type);
  if (definition.kind === 'logical' || definition.derivation === 'constraint' || !named) continue;
  const { type, snapshot } = definition;
  if (definition.kind === 'primitive-type') {
    const value = snapshot.element.find((element) => element.path === `${type}.value`);
    const regex = value?.type?.[0]?.extension?.find((extension) => extension.url.endsWith('/regex'))?.valueString;
    types[type] = { kind: 'primitive', ...(regex === undefined ? {} : { regex }) };
    continue;
  }
  types[type] = {
    kind: definition.kind === 'resource' ? 'resource' : 'complex',
    ...(definition.abstract ? { abstract: true } : {}),
    base: shortProfile(definition.baseDefinition ?? '') || undefined,
    elements: snapshot.element.slice(1).map((element) => elementOf(element, type)),
  };
}

// Value sets --------------------------------------------------------------------------------------------------------
const byUrl = new Map();
const remember = (resource) => {
  if (resource?.url !== undefined && !byUrl.has(resource.url)) byUrl.set(resource.url, resource);
};
const expansions = new Map(read('Bundle-valueset-expansions.json').entry.map(({ resource }) => [resource.url, resource]));
for (const name of names) if (/^(ValueSet|CodeSystem)-/.test(name)) remember(read(name));
for (const bundle of ['Bundle-valuesets.json', 'Bundle-v3-valuesets.json', 'Bundle-v2-valuesets.json']) {
  if (!names.includes(bundle)) missing.push(bundle);
  else for (const { resource } of read(bundle).entry) remember(resource);
}

const conceptsOf = (concepts, out = []) => {
  for (const concept of concepts ?? []) {
    out.push(concept.code);
    conceptsOf(concept.concept, out);
  }
  return out;
};
const containsOf = (contains, out = []) => {
  for (const entry of contains ?? []) {
    if (entry.code !== undefined && !entry.abstract) out.push([entry.system, entry.code]);
    containsOf(entry.contains, out);
  }
  return out;
};

/** [system, code] pairs; undefined when the set can't be listed from the package. */
function listed(url) {
  const set = byUrl.get(url);
  const expanded = set?.expansion ?? expansions.get(url)?.expansion;
  if (set?.compose === undefined || set.compose.exclude !== undefined) return expanded && containsOf(expanded.contains);
  const pairs = [];
  for (const include of set.compose.include) {
    if (include.filter !== undefined) return expanded && containsOf(expanded.contains);
    if (include.concept !== undefined) pairs.push(...include.concept.map((concept) => [include.system, concept.code]));
    else if (include.system !== undefined) {
      const system = byUrl.get(include.system);
      if (system?.content !== 'complete') return expanded && containsOf(expanded.contains);
      pairs.push(...conceptsOf(system.concept).map((code) => [include.system, code]));
    } else {
      for (const inner of include.valueSet ?? []) {
        const more = listed(inner.split('|')[0]);
        if (more === undefined) return undefined;
        pairs.push(...more);
      }
    }
  }
  return pairs;
}

const valueSets = {};
for (const url of [...requiredSets].sort()) {
  const pairs = listed(url);
  if (pairs === undefined || pairs.length === 0 || pairs.length > MAX_CODES) {
    missing.push(`value set ${url}: ${pairs === undefined ? 'cannot be listed from the package' : `${pairs.length} codes`}`);
    continue;
  }
  const systems = {};
  for (const [system, code] of pairs) (systems[system] ??= new Set()).add(code);
  valueSets[url] = Object.fromEntries(Object.entries(systems).map(([system, codes]) => [system, [...codes]]));
}

// Search parameters ---------------------------------------------------------------------------------------------------
const parameters = read('Bundle-searchParams.json')
  .entry.map(({ resource }) => resource)
  .filter((parameter) => parameter.url.startsWith('http://hl7.org/fhir/SearchParameter/'))
  .map((parameter) => ({
    url: parameter.url.slice('http://hl7.org/fhir/SearchParameter/'.length),
    code: parameter.code,
    type: parameter.type,
    base: parameter.base,
    ...(parameter.expression === undefined ? {} : { expression: parameter.expression }),
    ...(parameter.target === undefined ? {} : { target: parameter.target }),
    ...(parameter.component === undefined
      ? {}
      : {
          component: parameter.component.map(({ definition, expression }) => ({
            url: definition.replace('http://hl7.org/fhir/SearchParameter/', ''),
            expression,
          })),
        }),
  }))
  .sort((a, b) => (a.url < b.url ? -1 : 1));

// Write ---------------------------------------------------------------------------------------------------------------
mkdirSync(target, { recursive: true });
/** One entry a line: small and still readable in a diff. */
const lines = (entries, open, close) => `${open}\n${entries.join(',\n')}\n${close}\n`;
const objectLines = (value) =>
  lines(
    Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}:${JSON.stringify(entry)}`),
    '{',
    '}',
  );
writeFileSync(join(target, 'types.json'), objectLines(types));
writeFileSync(join(target, 'value-sets.json'), objectLines(valueSets));
writeFileSync(
  join(target, 'search-parameters.json'),
  lines(
    parameters.map((parameter) => JSON.stringify(parameter)),
    '[',
    ']',
  ),
);
console.log(
  `${Object.keys(types).length} types, ${Object.keys(valueSets).length} value sets, ${parameters.length} search parameters`,
);
for (const line of missing) console.log(`not in the extract: ${line}`);
