import { _, stringify, type CodeKeywordDefinition, type KeywordCxt, type Name } from 'ajv';
import type { ChoiceElement, RequiredElement } from './schema.js';
import { INVARIANTS } from './invariants.js';
import * as rules from './rules.js';

// Keywords for what FHIR asks and JSON Schema cannot say. They write code at build time; the code calls rules.ts, which the
// compiled module imports under the name `rules`.

/** A function of rules.ts as the generated code names it. */
function rule(cxt: KeywordCxt, name: keyof typeof rules): Name {
  return cxt.gen.scopeValue('keyword', { key: `rule ${name}`, ref: rules[name], code: _`rules[${name}]` });
}

const present = (cxt: KeywordCxt, key: string): ReturnType<typeof _> => _`${cxt.data}[${key}] !== undefined`;
const anyOf = (conditions: readonly ReturnType<typeof _>[]): ReturnType<typeof _> =>
  conditions.reduce((left, right) => _`${left} || ${right}`);

const keywords: readonly CodeKeywordDefinition[] = [
  {
    keyword: 'fhirText',
    type: 'string',
    code: (cxt) => {
      const test = cxt.gen.scopeValue('keyword', {
        key: `text ${cxt.schema as string}`,
        ref: rules.TEXT_PRIMITIVES[cxt.schema as string],
        code: _`rules.TEXT_PRIMITIVES[${cxt.schema as string}]`,
      });
      cxt.pass(_`${test}(${cxt.data})`);
    },
    error: { message: 'format', params: ({ schema }) => _`{type: ${schema as string}}` },
  },
  {
    keyword: 'fhirDecimal',
    code: (cxt) => {
      const number = _`typeof ${cxt.data} === "number" || ${rule(cxt, 'isLosslessDecimal')}(${cxt.data})`;
      cxt.pass(cxt.schema === 'or-null' ? _`${cxt.data} === null || ${number}` : number);
    },
    error: { message: 'decimal', params: _`{}` },
  },
  {
    keyword: 'fhirCode',
    type: 'string',
    code: (cxt) => cxt.pass(_`${rule(cxt, 'isCodeOf')}(${cxt.schema as string}, ${cxt.data})`),
    error: { message: 'code', params: ({ schema }) => _`{valueSet: ${schema as string}}` },
  },
  {
    keyword: 'fhirConcept',
    code: (cxt) => cxt.pass(_`${rule(cxt, 'isConceptOf')}(${cxt.schema as string}, ${cxt.data})`),
    error: { message: 'concept', params: ({ schema }) => _`{valueSet: ${schema as string}}` },
  },
  {
    keyword: 'fhirTarget',
    code: (cxt) => {
      const targets = cxt.gen.scopeValue('keyword', {
        key: JSON.stringify(cxt.schema),
        ref: cxt.schema as object,
        code: stringify(cxt.schema),
      });
      cxt.pass(_`${rule(cxt, 'isAllowedTarget')}(${targets}, ${cxt.data})`);
    },
    error: { message: 'target', params: _`{}` },
  },
  {
    keyword: 'fhirReference',
    type: 'object',
    code: (cxt) => cxt.pass(_`${rule(cxt, 'isReferenceText')}(${cxt.data}.reference)`),
    error: { message: 'reference', params: _`{}` },
  },
  {
    keyword: 'fhirExtensionUrl',
    type: 'object',
    code: (cxt) => cxt.pass(_`${rule(cxt, 'isExtensionUrl')}(${cxt.data}.url)`),
    error: { message: 'extension url', params: _`{}` },
  },
  {
    keyword: 'fhirContent',
    type: 'object',
    code: (cxt) => cxt.pass(_`${rule(cxt, 'hasContent')}(${cxt.data})`),
    error: { message: 'content', params: _`{}` },
  },
  {
    keyword: 'fhirRequired',
    type: 'object',
    code: (cxt) => {
      for (const { name, keys } of cxt.schema as readonly RequiredElement[]) {
        cxt.gen.if(_`!(${anyOf(keys.map((key) => present(cxt, key)))})`, () => {
          cxt.setParams({ name }, true);
          cxt.error();
        });
      }
    },
    error: { message: 'required', params: ({ params }) => _`{name: ${(params as { name: string }).name}}` },
  },
  {
    keyword: 'fhirChoices',
    type: 'object',
    code: (cxt) => {
      for (const { name, alternatives } of cxt.schema as readonly ChoiceElement[]) {
        const count = alternatives
          .map((keys) => _`(${anyOf(keys.map((key) => present(cxt, key)))} ? 1 : 0)`)
          .reduce((left, right) => _`${left} + ${right}`);
        cxt.gen.if(_`${count} > 1`, () => {
          cxt.setParams({ name }, true);
          cxt.error();
        });
      }
    },
    error: { message: 'choice', params: ({ params }) => _`{name: ${(params as { name: string }).name}}` },
  },
  {
    keyword: 'fhirAligned',
    type: 'object',
    code: (cxt) => {
      for (const name of cxt.schema as readonly string[]) {
        const extensions = _`${cxt.data}[${`_${name}`}]`;
        const values = _`${cxt.data}[${name}]`;
        const aligned = rule(cxt, 'isAligned');
        cxt.gen.if(_`(${values} !== undefined || ${extensions} !== undefined) && !${aligned}(${values}, ${extensions})`, () => {
          cxt.setParams({ name }, true);
          cxt.error();
        });
      }
    },
    error: { message: 'aligned', params: ({ params }) => _`{name: ${(params as { name: string }).name}}` },
  },
  {
    keyword: 'fhirInvariants',
    type: 'object',
    code: (cxt) => {
      const type = cxt.schema as string;
      (INVARIANTS[type] ?? []).forEach(({ key }, at) => {
        const holds = cxt.gen.scopeValue('keyword', {
          key: `${type} ${key}`,
          ref: INVARIANTS[type]?.[at]?.holds,
          code: _`rules.INVARIANTS[${type}][${at}].holds`,
        });
        cxt.gen.if(_`!${holds}(${cxt.data})`, () => {
          cxt.setParams({ at }, true);
          cxt.error();
        });
      });
    },
    error: {
      message: 'invariant',
      params: ({ schema, params }) => _`{type: ${schema as string}, at: ${(params as { at: number }).at}}`,
    },
  },
];

/** Every keyword, for the compiler. */
export const FHIR_KEYWORDS = keywords;
