import type { FhirResource } from 'fhir/r4.js';
import { isPhrError, PhrError } from '../../errors.js';
import { parseBody } from '../../fhir/json.js';
import type { IntakeLimits } from '../parsed-visit.js';

/** Bundles that state something about people; a searchset or a history repeats what a server has. */
export const BUNDLE_TYPES: ReadonlySet<string> = new Set(['collection', 'document', 'message', 'transaction']);
/** Entries of one Bundle. */
export const MAX_ENTRIES = 5_000;

/** One entry as sent. */
export interface BundleEntry {
  /** Place in the Bundle, from 1; the `row` of its problems. */
  readonly row: number;
  readonly fullUrl?: string;
  /** Method of a transaction's entry. */
  readonly method?: string;
  readonly resource?: FhirResource;
}

/** A Bundle, its entries not looked into yet. */
export interface SentBundle {
  readonly type: string;
  /** `value` of its identifier. */
  readonly identifier?: string;
  readonly timestamp?: string;
  readonly entries: readonly BundleEntry[];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/**
 * Bytes as a Bundle; decimals keep their digits.
 *
 * @throws PhrError `malformed` (no JSON, no Bundle, another type), `too-large` (bytes, entries), `too-costly` (depth)
 */
export function readBundle(file: Uint8Array, limits: Pick<IntakeLimits, 'maxBytes'>): SentBundle {
  if (file.length > limits.maxBytes) throw new PhrError('too-large', `Tệp lớn hơn giới hạn ${limits.maxBytes} byte`);
  const bundle = jsonOf(file);
  if (!isObject(bundle) || bundle['resourceType'] !== 'Bundle') {
    throw new PhrError('malformed', 'Nội dung không phải một Bundle của FHIR R4');
  }
  const type = text(bundle['type']);
  if (type === undefined || !BUNDLE_TYPES.has(type)) {
    throw new PhrError('malformed', `Bundle.type phải là một trong: ${[...BUNDLE_TYPES].join(', ')}`);
  }
  const entries: unknown = bundle['entry'] ?? [];
  if (!Array.isArray(entries)) throw new PhrError('malformed', 'Bundle.entry phải là một danh sách');
  if (entries.length > MAX_ENTRIES) throw new PhrError('too-large', `Bundle có hơn ${MAX_ENTRIES} mục`);
  const identifier = isObject(bundle['identifier']) ? text(bundle['identifier']['value']) : undefined;
  const timestamp = text(bundle['timestamp']);
  return {
    type,
    ...(identifier === undefined ? {} : { identifier }),
    ...(timestamp === undefined ? {} : { timestamp }),
    entries: entries.map((entry: unknown, index) => entryOf(entry, index + 1)),
  };
}

function jsonOf(file: Uint8Array): unknown {
  try {
    return parseBody(new TextDecoder('utf-8', { fatal: true }).decode(file));
  } catch (cause) {
    if (isPhrError(cause, 'too-costly'))
      throw new PhrError('too-costly', 'JSON lồng quá sâu hoặc có quá nhiều phần tử', [], { cause });
    throw new PhrError('malformed', 'Nội dung không phải JSON đúng cú pháp (UTF-8)', [], { cause });
  }
}

function entryOf(entry: unknown, row: number): BundleEntry {
  if (!isObject(entry)) return { row };
  const { fullUrl, request, resource } = entry;
  const method = isObject(request) ? text(request['method']) : undefined;
  const url = text(fullUrl);
  return {
    row,
    ...(url === undefined ? {} : { fullUrl: url }),
    ...(method === undefined ? {} : { method }),
    ...(isObject(resource) && typeof resource['resourceType'] === 'string'
      ? { resource: resource as unknown as FhirResource }
      : {}),
  };
}
