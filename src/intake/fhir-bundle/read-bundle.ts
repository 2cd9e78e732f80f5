import type { FhirResource } from 'fhir/r4.js';
import { isPhrError, PhrError } from '../../errors.js';
import { parseBody } from '../../fhir/json.js';
import type { IntakeLimits } from '../parsed-visit.js';
import { isMarkedRestricted } from './confidentiality.js';
import { fieldsOf, textOf } from './unchecked.js';

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
  /** The sender marks all of it as restricted (meta.security). */
  readonly isMarked: boolean;
  readonly entries: readonly BundleEntry[];
}

/**
 * Bytes as a Bundle; decimals keep their digits.
 *
 * @throws PhrError `malformed` (no JSON, no Bundle, another type), `too-large` (bytes, entries), `too-costly` (depth)
 */
export function readBundle(file: Uint8Array, limits: Pick<IntakeLimits, 'maxBytes'>): SentBundle {
  if (file.length > limits.maxBytes) throw new PhrError('too-large', `Tệp lớn hơn giới hạn ${limits.maxBytes} byte`);
  const bundle = fieldsOf(jsonOf(file));
  if (bundle['resourceType'] !== 'Bundle') {
    throw new PhrError('malformed', 'Nội dung không phải một Bundle của FHIR R4');
  }
  const type = textOf(bundle['type']);
  if (type === undefined || !BUNDLE_TYPES.has(type)) {
    throw new PhrError('malformed', `Bundle.type phải là một trong: ${[...BUNDLE_TYPES].join(', ')}`);
  }
  const entries: unknown = bundle['entry'] ?? [];
  if (!Array.isArray(entries)) throw new PhrError('malformed', 'Bundle.entry phải là một danh sách');
  if (entries.length > MAX_ENTRIES) throw new PhrError('too-large', `Bundle có hơn ${MAX_ENTRIES} mục`);
  const identifier = textOf(fieldsOf(bundle['identifier'])['value']);
  const timestamp = textOf(bundle['timestamp']);
  return {
    type,
    ...(identifier === undefined ? {} : { identifier }),
    ...(timestamp === undefined ? {} : { timestamp }),
    isMarked: isMarkedRestricted(bundle),
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
  const { fullUrl, request, resource } = fieldsOf(entry);
  const method = textOf(fieldsOf(request)['method']);
  const url = textOf(fullUrl);
  return {
    row,
    ...(url === undefined ? {} : { fullUrl: url }),
    ...(method === undefined ? {} : { method }),
    ...(textOf(fieldsOf(resource)['resourceType']) === undefined ? {} : { resource: resource as FhirResource }),
  };
}
