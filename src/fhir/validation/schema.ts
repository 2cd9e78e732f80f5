import { TYPES, VALUE_SETS, type ElementDefinition } from '../definitions/definitions.js';
import { childrenOf, type JsonProperty, type TypeName } from '../definitions/element-tree.js';
import { INVARIANTS } from './invariants.js';
import { INTEGER_PRIMITIVES, TEXT_PRIMITIVES } from './primitives.js';

/** A JSON Schema with the keywords of keywords.ts. */
export type Schema = Readonly<Record<string, unknown>>;

/** An element that has to be there: by any of its keys (a choice has several, a primitive may have an extension only). */
export interface RequiredElement {
  readonly name: string;
  readonly keys: readonly string[];
}

/** A choice element of which one key at most may be there. */
export interface ChoiceElement {
  readonly name: string;
  /** One entry for each type: its key, and the key of its extensions for primitives. */
  readonly alternatives: readonly (readonly string[])[];
}

const isPrimitive = (type: TypeName): boolean => TYPES[type]?.kind === 'primitive';
const isMany = ({ max = '1' }: ElementDefinition): boolean => max === '*' || Number(max) > 1;
const binding = (valueSet: string | undefined): string | undefined =>
  valueSet !== undefined && Object.hasOwn(VALUE_SETS, valueSet) ? valueSet : undefined;

function primitiveSchema(type: TypeName, element: ElementDefinition, inArray: boolean): Schema {
  const typed = (name: string): unknown => (inArray ? [name, 'null'] : name);
  if (type === 'boolean') return { type: typed('boolean') };
  if (type === 'decimal') return { fhirDecimal: inArray ? 'or-null' : 'always' };
  const bounds = INTEGER_PRIMITIVES[type];
  if (bounds !== undefined) return { type: typed('integer'), minimum: bounds[0], maximum: bounds[1] };
  if (TEXT_PRIMITIVES[type] === undefined) throw new Error(`primitive type ${type} has no test`);
  const valueSet = type === 'code' ? binding(element.valueSet) : undefined;
  return { type: typed('string'), ...(valueSet === undefined ? { fhirText: type } : { fhirCode: valueSet }) };
}

function complexSchema(parent: TypeName, type: TypeName, element: ElementDefinition): Schema {
  if (type === 'Resource') return { type: 'object' }; // validate.ts goes on by its own resourceType
  const valueSet = type === 'CodeableConcept' || type === 'Coding' ? binding(element.valueSet) : undefined;
  return {
    $ref: type,
    ...(valueSet === undefined ? {} : { fhirConcept: valueSet }),
    ...(type === 'Extension' && parent !== 'Extension' ? { fhirExtensionUrl: true } : {}),
    ...(type === 'Reference' && element.targets !== undefined ? { fhirTarget: element.targets } : {}),
  };
}

function arrayOf(items: Schema, { max = '1' }: ElementDefinition): Schema {
  return { type: 'array', minItems: 1, ...(max === '*' ? {} : { maxItems: Number(max) }), items };
}

function addProperty(properties: Record<string, Schema>, parent: TypeName, { key, type, element }: JsonProperty): void {
  const many = isMany(element);
  const ofResource = !parent.includes('.') && TYPES[parent]?.kind === 'resource';
  const declared = ofResource && key === 'id' ? 'id' : type;
  if (isPrimitive(declared)) {
    const value = primitiveSchema(declared, element, many);
    properties[key] = many ? arrayOf(value, element) : value;
    properties[`_${key}`] = many ? arrayOf({ $ref: 'ElementOrNull' }, element) : { $ref: 'Element' };
  } else {
    const value = complexSchema(parent, declared, element);
    properties[key] = many ? arrayOf(value, element) : value;
  }
}

/** Keys by which an element can be there. */
const keysOf = (properties: readonly JsonProperty[]): string[] =>
  properties.flatMap(({ key, type }) => (isPrimitive(type) ? [key, `_${key}`] : [key]));

/** The schema of one type or part; `$id` is its name. */
export function schemaOf(type: TypeName): Schema {
  const properties: Record<string, Schema> = {};
  const required: RequiredElement[] = [];
  const choices: ChoiceElement[] = [];
  const aligned: string[] = [];
  const isResource = TYPES[type]?.kind === 'resource';
  if (isResource) properties['resourceType'] = {};
  for (const [name, alternatives] of childrenOf(type)) {
    const element = alternatives[0]?.element;
    if (element === undefined || element.max === '0') continue;
    for (const property of alternatives) addProperty(properties, type, property);
    if ((element.min ?? 0) > 0)
      required.push({ name: element.path.endsWith('[x]') ? `${name}[x]` : name, keys: keysOf(alternatives) });
    if (alternatives.length > 1) {
      choices.push({ name, alternatives: alternatives.map((one) => keysOf([one])) });
    }
    if (alternatives[0] !== undefined && isMany(element) && isPrimitive(alternatives[0].type)) aligned.push(alternatives[0].key);
  }
  const invariants = INVARIANTS[type];
  return {
    $id: type,
    type: 'object',
    ...(isResource ? {} : { fhirContent: true }),
    properties,
    additionalProperties: false,
    ...(required.length === 0 ? {} : { fhirRequired: required }),
    ...(choices.length === 0 ? {} : { fhirChoices: choices }),
    ...(aligned.length === 0 ? {} : { fhirAligned: aligned }),
    ...(type === 'Reference' ? { fhirReference: true } : {}),
    ...(invariants === undefined ? {} : { fhirInvariants: type }),
  };
}

/** Element in an array of extensions of primitives: a place without any is null. */
export function elementOrNull(): Schema {
  return { ...schemaOf('Element'), $id: 'ElementOrNull', type: ['object', 'null'] };
}

/** Every type and part that `roots` are made of, and the roots. */
export function reachableTypes(roots: readonly TypeName[]): readonly TypeName[] {
  const reached = new Set<TypeName>();
  const open = ['Element', ...roots];
  for (let type = open.pop(); type !== undefined; type = open.pop()) {
    if (reached.has(type) || type === 'Resource' || isPrimitive(type)) continue;
    reached.add(type);
    for (const properties of childrenOf(type).values()) for (const property of properties) open.push(property.type);
  }
  return [...reached].sort();
}
