import { createHmac } from 'node:crypto';

/**
 * HMAC-SHA-256 of names and values, cut short: numbers of people are enumerable, so a plain hash in an index would give them away.
 */
export interface KeyedHash {
  /** 64 bits, signed, as both databases keep integers. For terms: what they find is checked again. */
  term(text: string): bigint;
  /** 128 bits. For keys of beliefs and records, which nothing re-checks. */
  key(...parts: readonly string[]): Uint8Array;
}

/** Terms remembered; codes and types repeat, numbers don't. */
const REMEMBERED = 50_000;
const KEY_BYTES = 16;

export function makeKeyedHash(secret: Uint8Array): KeyedHash {
  const remembered = new Map<string, bigint>();
  return {
    term(text) {
      const known = remembered.get(text);
      if (known !== undefined) return known;
      const hash = createHmac('sha256', secret).update(text).digest().readBigInt64LE(0);
      if (remembered.size >= REMEMBERED) remembered.clear();
      remembered.set(text, hash);
      return hash;
    },
    key: (...parts) => createHmac('sha256', secret).update(JSON.stringify(parts)).digest().subarray(0, KEY_BYTES),
  };
}

/** Names of what is hashed, so that a term, a label and a type with one spelling stay apart. */
export const hashedNames = {
  equal: (term: string): string => `e|${term}`,
  type: (resourceType: string): string => `t|${resourceType}`,
  label: (label: string): string => `l|${label}`,
  subject: (id: string): string => `s|${id}`,
  param: (param: string): string => `p|${param}`,
  accessPatient: (id: string): string => `ap|${id}`,
  accessAgent: (id: string): string => `aa|${id}`,
  accessReference: (reference: string): string => `ar|${reference}`,
} as const;

/** Codes by which a whole population is read in clinical order; only these are indexed in clinical order, beside the type. */
const CODE_LIKE_PARAMETERS = new Set(['code', 'vaccine-code', 'class', 'category']);

/** `type|param|value` with a code-like `param`; a system alone (`type|param|s|system`) names no code. */
export function isCodeLike(term: string): boolean {
  const [, param = '', variant] = term.split('|', 3);
  return CODE_LIKE_PARAMETERS.has(param) && variant !== 's';
}
