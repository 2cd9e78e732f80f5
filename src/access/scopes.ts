/** What a scope permits on a type: create, read, update, delete, search. SMART App Launch 2.2, "Scopes for requesting FHIR Resources". */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/** One parsed scope. `resourceType` is `*` or a type name. */
export interface Scope {
  readonly resourceType: string;
  readonly permissions: ReadonlySet<Permission>;
}

/** Longest `scope` value of a token request, in characters. */
export const SCOPE_LENGTH_MAX = 1_000;

const V2 = /^system\/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?)$/;
const V1 = /^system\/(\*|[A-Z][A-Za-z]{1,63})\.(read|write|\*)$/;
const V1_PERMISSIONS: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/**
 * Reads `system/<type>.<permissions>` in the spelling of SMART v2 (`.cruds`, in this order) and v1 (`.read`, `.write`, `.*`).
 * Other contexts (`patient/`, `user/`) and search restrictions (`?code=…`) are not granted to software here.
 *
 * @returns undefined when `text` is not such a scope
 */
export function parseScope(text: string): Scope | undefined {
  const v1 = V1.exec(text);
  const match = v1 ?? V2.exec(text);
  const resourceType = match?.[1];
  const letters = v1 === null ? match?.[2] : V1_PERMISSIONS[v1[2] ?? ''];
  if (resourceType === undefined || letters === undefined || letters === '') return undefined;
  return { resourceType, permissions: new Set(letters as Iterable<Permission>) };
}

/** True when every permission that `asked` names is given by one of `granted`. */
export function covers(granted: readonly Scope[], asked: Scope): boolean {
  return [...asked.permissions].every((permission) => permits(granted, permission, asked.resourceType));
}

/** True when one of `granted` gives `permission` on `resourceType`; `*` as type asks for every type. */
export function permits(granted: readonly Scope[], permission: Permission, resourceType: string): boolean {
  return granted.some(
    (scope) => (scope.resourceType === '*' || scope.resourceType === resourceType) && scope.permissions.has(permission),
  );
}
