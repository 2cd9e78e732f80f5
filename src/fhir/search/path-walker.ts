import { isResourceType } from '../definitions/definitions.js';
import { childrenOf, type JsonProperty, type TypeName } from '../definitions/element-tree.js';
import { parsePath, type PathSyntax } from './path-syntax.js';

/** Takes one value that a path leads to. */
export type Emit = (value: unknown, type: TypeName) => void;

/** A place where a path may end, known without a resource. */
export interface Leaf {
  readonly type: TypeName;
  /** Value set of a required binding. */
  readonly valueSet?: string;
  /** Types that a `where(resolve() is X)` leaves. */
  readonly resolved?: string;
}

/** A path compiled for one resource type. */
export interface CompiledPath {
  readonly leaves: readonly Leaf[];
  /** Calls `emit` for every value of `resource` that the path leads to, in document order; a union may emit equal values twice. */
  readonly walk: (resource: unknown, emit: Emit) => void;
}

type Walk = (node: unknown, type: TypeName, emit: Emit, root: unknown) => void;
interface Compiled {
  readonly leaves: readonly Leaf[];
  readonly walk: Walk;
}

type JsonObject = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

const nothing: Compiled = { leaves: [], walk: () => undefined };

/** Emits the values under `properties` of one node; a null in an array stands for a value with an extension only. */
function emitProperties(node: JsonObject, properties: readonly JsonProperty[], emit: Emit): void {
  for (let at = 0; at < properties.length; at += 1) {
    const property = properties[at] as JsonProperty;
    const value = node[property.key];
    if (value === undefined || value === null) continue;
    if (!Array.isArray(value)) {
      emit(value, property.type);
      continue;
    }
    for (let index = 0; index < value.length; index += 1) {
      const item: unknown = value[index];
      if (item !== undefined && item !== null) emit(item, property.type);
    }
  }
}

function member(base: Compiled, name: string): Compiled {
  const byType = new Map<TypeName, readonly JsonProperty[]>();
  const leaves: Leaf[] = [];
  for (const leaf of base.leaves) {
    const properties = childrenOf(leaf.type).get(name) ?? [];
    byType.set(leaf.type, properties);
    for (const { type, element } of properties) {
      leaves.push({ type, ...(element.valueSet === undefined ? {} : { valueSet: element.valueSet }) });
    }
  }
  return {
    leaves,
    walk: (node, type, emit, root) => {
      base.walk(
        node,
        type,
        (value, valueType) => {
          const properties = byType.get(valueType);
          if (properties !== undefined && isObject(value)) emitProperties(value, properties, emit);
        },
        root,
      );
    },
  };
}

/** Type that a Reference points to, as far as it can be told without another look-up: literal, contained, or `Reference.type`. */
export function referencedType(reference: unknown, root: unknown): string | undefined {
  if (!isObject(reference)) return undefined;
  const literal = reference['reference'];
  if (typeof literal === 'string') {
    if (literal.startsWith('#')) {
      const contained = isObject(root) && Array.isArray(root['contained']) ? (root['contained'] as unknown[]) : [];
      const found = contained.find((resource) => isObject(resource) && resource['id'] === literal.slice(1));
      if (isObject(found) && typeof found['resourceType'] === 'string') return found['resourceType'];
    } else {
      const match = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/.exec(literal);
      if (match?.[1] !== undefined && isResourceType(match[1])) return match[1];
    }
  }
  return typeof reference['type'] === 'string' ? reference['type'] : undefined;
}

/** `resolve() is X` of a where clause; undefined when it is another condition. */
function resolvedTypeOf(condition: PathSyntax): string | undefined {
  if (condition.kind !== 'type' || condition.operator !== 'is') return undefined;
  return condition.of.kind === 'call' && condition.of.name === 'resolve' && condition.of.of === undefined
    ? condition.type
    : undefined;
}

const valuesOf = (compiled: Compiled, node: unknown, type: TypeName, root: unknown): unknown[] => {
  const values: unknown[] = [];
  compiled.walk(node, type, (value) => values.push(value), root);
  return values;
};

const booleanLeaf: readonly Leaf[] = [{ type: 'boolean' }];

function compile(syntax: PathSyntax, context: readonly Leaf[], rootType: string | undefined): Compiled {
  const self: Compiled = { leaves: context, walk: (node, type, emit) => emit(node, type) };
  switch (syntax.kind) {
    case 'literal':
      return { leaves: [], walk: (_node, _type, emit) => emit(syntax.value, typeof syntax.value) };
    case 'name':
      if (rootType !== undefined && /^[A-Z]/.test(syntax.name)) {
        return syntax.name === rootType || syntax.name === 'Resource' || syntax.name === 'DomainResource' ? self : nothing;
      }
      return member(self, syntax.name);
    case 'member':
      return member(compile(syntax.of, context, rootType), syntax.name);
    case 'type': {
      if (syntax.operator === 'is') throw new Error('`is` stands only in where(resolve() is X)');
      const base = compile(syntax.of, context, rootType);
      return {
        leaves: base.leaves.filter((leaf) => leaf.type === syntax.type),
        walk: (node, type, emit, root) => {
          base.walk(node, type, (value, valueType) => void (valueType === syntax.type && emit(value, valueType)), root);
        },
      };
    }
    case 'index': {
      const base = compile(syntax.of, context, rootType);
      return {
        leaves: base.leaves,
        walk: (node, type, emit, root) => {
          let at = 0;
          base.walk(node, type, (value, valueType) => void (at++ === syntax.index && emit(value, valueType)), root);
        },
      };
    }
    case 'call':
      return call(syntax, context, rootType);
    case 'binary':
      return binary(syntax, context, rootType);
  }
}

function call(syntax: Extract<PathSyntax, { kind: 'call' }>, context: readonly Leaf[], rootType: string | undefined): Compiled {
  const base = syntax.of === undefined ? undefined : compile(syntax.of, context, rootType);
  if (base !== undefined && syntax.name === 'exists' && syntax.argument === undefined) {
    return {
      leaves: base.leaves.length === 0 ? [] : booleanLeaf,
      walk: (node, type, emit, root) => emit(valuesOf(base, node, type, root).length > 0, 'boolean'),
    };
  }
  if (base !== undefined && syntax.name === 'where' && syntax.argument !== undefined) {
    const resolved = resolvedTypeOf(syntax.argument);
    if (resolved !== undefined) {
      return {
        leaves: base.leaves.map((leaf) => ({ ...leaf, resolved })),
        walk: (node, type, emit, root) => {
          base.walk(
            node,
            type,
            (value, valueType) => void (referencedType(value, root) === resolved && emit(value, valueType)),
            root,
          );
        },
      };
    }
    const condition = compile(syntax.argument, base.leaves, undefined);
    return {
      leaves: base.leaves,
      walk: (node, type, emit, root) => {
        base.walk(
          node,
          type,
          (value, valueType) => void (valuesOf(condition, value, valueType, root)[0] === true && emit(value, valueType)),
          root,
        );
      },
    };
  }
  throw new Error(`function ${syntax.name}() is not known to the path walker`);
}

function binary(
  syntax: Extract<PathSyntax, { kind: 'binary' }>,
  context: readonly Leaf[],
  rootType: string | undefined,
): Compiled {
  const left = compile(syntax.left, context, rootType);
  const right = compile(syntax.right, context, rootType);
  if (syntax.operator === '|') {
    if (left.leaves.length === 0) return right;
    if (right.leaves.length === 0) return left;
    return {
      leaves: [...left.leaves, ...right.leaves],
      walk: (node, type, emit, root) => {
        left.walk(node, type, emit, root);
        right.walk(node, type, emit, root);
      },
    };
  }
  const { operator } = syntax;
  return {
    leaves: left.leaves.length === 0 ? [] : booleanLeaf,
    walk: (node, type, emit, root) => {
      const a = valuesOf(left, node, type, root);
      const b = valuesOf(right, node, type, root);
      // Empty in, empty out (https://hl7.org/fhirpath/N1/#equals); `and` with false is false all the same.
      if (operator === 'and') {
        if (a[0] === false || b[0] === false) emit(false, 'boolean');
        else if (a.length > 0 && b.length > 0) emit(true, 'boolean');
      } else if (a.length > 0 && b.length > 0) {
        const equal = a.length === b.length && a.every((value, at) => value === b[at]);
        emit(operator === '=' ? equal : !equal, 'boolean');
      }
    },
  };
}

/**
 * Compiles a SearchParameter expression for one resource type: branches of other types fall away, steps are looked up once.
 * @throws Error when the expression is not one of the registry's kind
 */
export function compilePath(expression: string, resourceType: string): CompiledPath {
  const compiled = compile(parsePath(expression), [{ type: resourceType }], resourceType);
  return { leaves: compiled.leaves, walk: (resource, emit) => compiled.walk(resource, resourceType, emit, resource) };
}
