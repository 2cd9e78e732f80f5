import { TYPES, type ElementDefinition } from './definitions.js';

/**
 * Where a value stands: a type name (`HumanName`) or the path of a part with children of its own (`Observation.component`).
 * `Resource` is any resource: its own `resourceType` decides.
 */
export type TypeName = string;

/** One way an element appears in JSON: `value[x]` of an Observation has eleven of them. */
export interface JsonProperty {
  readonly key: string;
  readonly type: TypeName;
  readonly element: ElementDefinition;
}

/** Children of a type by FHIRPath name (`value`, not `valueString`). */
export type Children = ReadonlyMap<string, readonly JsonProperty[]>;

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const childrenByType = new Map<TypeName, Children>();

function readChildren(type: TypeName): Children {
  const dot = type.indexOf('.');
  const root = dot < 0 ? type : type.slice(0, dot);
  const prefix = dot < 0 ? '' : `${type.slice(dot + 1)}.`;
  const elements = (Object.hasOwn(TYPES, root) ? TYPES[root]?.elements : undefined) ?? [];
  const parents = new Set(
    elements.filter(({ path }) => path.includes('.')).map(({ path }) => path.slice(0, path.lastIndexOf('.'))),
  );
  const children = new Map<string, readonly JsonProperty[]>();
  for (const element of elements) {
    if (!element.path.startsWith(prefix) || element.path.includes('.', prefix.length)) continue;
    const name = element.path.slice(prefix.length);
    const typeOf = (declared: string): TypeName => (parents.has(element.path) ? `${root}.${element.path}` : declared);
    if (name.endsWith('[x]')) {
      const stem = name.slice(0, -3);
      children.set(
        stem,
        (element.types ?? []).map((declared) => ({ key: stem + capitalized(declared), type: declared, element })),
      );
    } else {
      const type = element.ref === undefined ? typeOf(element.types?.[0] ?? 'Element') : `${root}.${element.ref}`;
      children.set(name, [{ key: name, type, element }]);
    }
  }
  return children;
}

/** Children of `type`; empty for primitive and unknown types. Read once. */
export function childrenOf(type: TypeName): Children {
  let children = childrenByType.get(type);
  if (children === undefined) {
    children = readChildren(type);
    childrenByType.set(type, children);
  }
  return children;
}
