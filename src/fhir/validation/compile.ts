import { Ajv } from 'ajv';
import standaloneModule from 'ajv/dist/standalone/index.js';
import { TYPES } from '../definitions/definitions.js';
import { FHIR_KEYWORDS } from './keywords.js';
import { elementOrNull, reachableTypes, schemaOf } from './schema.js';

/** Resource types that are compiled: every one that R4 has, since any may be contained or stand in a Bundle. */
export const COMPILED_TYPES: readonly string[] = Object.entries(TYPES)
  .filter(([, { kind, abstract }]) => kind === 'resource' && abstract !== true)
  .map(([name]) => name);

// A CommonJS default export as seen from an ES module.
const standalone = standaloneModule as unknown as { readonly default: (ajv: Ajv, names: Record<string, string>) => string };

/**
 * Source text of an ES module that exports one ajv validation function for each type of `resourceTypes`, named after it.
 * Runs at build time (scripts/build-steps): compiling at start would cost seconds and `new Function`.
 */
export function compileValidators(resourceTypes: readonly string[] = COMPILED_TYPES): string {
  const ajv = new Ajv({
    allErrors: true,
    messages: false,
    strict: true,
    strictTypes: false,
    validateSchema: false,
    meta: false,
    inlineRefs: false,
    unicodeRegExp: false,
    code: { source: true, esm: true },
  });
  for (const keyword of FHIR_KEYWORDS) ajv.addKeyword(keyword);
  ajv.addSchema(elementOrNull());
  for (const type of reachableTypes(resourceTypes)) ajv.addSchema(schemaOf(type));
  const code = standalone.default(ajv, Object.fromEntries(resourceTypes.map((type) => [type, type])));
  return `// Made by scripts/build-steps/20-fhir-validators.mjs. Don't edit.\nimport * as rules from '../rules.js';\n${code}`;
}
