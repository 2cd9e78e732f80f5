/**
 * The part of FHIRPath that the official search-parameter registry uses: paths, `|`, `as`, `.as()`, `.where()`, `resolve() is`,
 * `.exists()`, `[n]`, `=`, `!=`, `and`, literals.
 */
export type PathSyntax =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly of: PathSyntax; readonly name: string }
  | { readonly kind: 'call'; readonly of?: PathSyntax; readonly name: string; readonly argument?: PathSyntax }
  | { readonly kind: 'index'; readonly of: PathSyntax; readonly index: number }
  | {
      readonly kind: 'binary';
      readonly operator: '|' | '=' | '!=' | 'and';
      readonly left: PathSyntax;
      readonly right: PathSyntax;
    }
  | { readonly kind: 'type'; readonly operator: 'as' | 'is'; readonly of: PathSyntax; readonly type: string }
  | { readonly kind: 'literal'; readonly value: string | boolean | number };

const TOKEN = /\s*(?:'((?:[^'\\]|\\.)*)'|([A-Za-z_]\w*)|(\d+)|(!=|[.|=()[\]]))/gy;

type Token = { readonly kind: 'string' | 'name' | 'number' | 'sign'; readonly text: string };

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const source = text.trim();
  const pattern = new RegExp(TOKEN);
  while (pattern.lastIndex < source.length) {
    const match = pattern.exec(source);
    if (match === null) throw new Error(`path expression not understood: ${text}`);
    if (match[1] !== undefined) tokens.push({ kind: 'string', text: match[1] });
    else if (match[2] !== undefined) tokens.push({ kind: 'name', text: match[2] });
    else if (match[3] !== undefined) tokens.push({ kind: 'number', text: match[3] });
    else tokens.push({ kind: 'sign', text: match[4] ?? '' });
  }
  return tokens;
}

/** Binding power: `and` binds least, then `=`/`!=`, `|`, `as`/`is` (https://hl7.org/fhirpath/N1/#operator-precedence). */
const POWER: Readonly<Record<string, number>> = { and: 1, '=': 2, '!=': 2, '|': 3, as: 4, is: 4 };

/** @throws Error when the text uses more of FHIRPath than the registry does (a programmer's mistake: expressions are data of ours) */
export function parsePath(text: string): PathSyntax {
  const tokens = tokensOf(text);
  let position = 0;
  const fail = (): never => {
    throw new Error(`path expression not understood: ${text}`);
  };
  const peek = (sign: string): boolean => tokens[position]?.text === sign && tokens[position]?.kind !== 'string';
  const take = (sign: string): void => {
    if (!peek(sign)) fail();
    position += 1;
  };
  const name = (): string => {
    const token = tokens[position];
    position += 1;
    return token?.kind === 'name' ? token.text : fail();
  };

  const afterName = (of: PathSyntax | undefined, called: string): PathSyntax => {
    if (!peek('(')) return of === undefined ? { kind: 'name', name: called } : { kind: 'member', of, name: called };
    take('(');
    const base = of === undefined ? {} : { of };
    if (peek(')')) {
      take(')');
      return { kind: 'call', ...base, name: called };
    }
    const argument = expression(0);
    take(')');
    if (called === 'as' || called === 'is' || called === 'ofType') {
      if (of === undefined || argument.kind !== 'name') return fail();
      return { kind: 'type', operator: called === 'is' ? 'is' : 'as', of, type: argument.name };
    }
    return { kind: 'call', ...base, name: called, argument };
  };

  const term = (): PathSyntax => {
    const token = tokens[position];
    if (token === undefined) return fail();
    let node: PathSyntax;
    if (peek('(')) {
      take('(');
      node = expression(0);
      take(')');
    } else {
      position += 1;
      if (token.kind === 'string') return { kind: 'literal', value: token.text };
      if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) };
      if (token.kind !== 'name') return fail();
      if (token.text === 'true' || token.text === 'false') return { kind: 'literal', value: token.text === 'true' };
      node = afterName(undefined, token.text);
    }
    for (;;) {
      if (peek('.')) {
        take('.');
        node = afterName(node, name());
      } else if (peek('[')) {
        take('[');
        const index = tokens[position];
        position += 1;
        if (index?.kind !== 'number') return fail();
        take(']');
        node = { kind: 'index', of: node, index: Number(index.text) };
      } else return node;
    }
  };

  const expression = (least: number): PathSyntax => {
    let left = term();
    for (;;) {
      const operator = tokens[position];
      const power = operator === undefined || operator.kind === 'string' ? undefined : POWER[operator.text];
      if (operator === undefined || power === undefined || power <= least) return left;
      position += 1;
      if (operator.text === 'as' || operator.text === 'is') {
        left = { kind: 'type', operator: operator.text, of: left, type: name() };
      } else {
        left = { kind: 'binary', operator: operator.text as '|' | '=' | '!=' | 'and', left, right: expression(power) };
      }
    }
  };

  const syntax = expression(0);
  if (position !== tokens.length) fail();
  return syntax;
}
