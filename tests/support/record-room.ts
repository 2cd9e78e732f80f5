import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { IntakeFormat } from '../../src/intake/parsed-visit.js';
import { makeBhytXmlFormat } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { makeResourceCodec } from '../../src/fhir/search/codec.js';
import { restrictionOfResource } from '../../src/fhir/interactions/content-restriction.js';
import { validateResource } from '../../src/fhir/validation/validate.js';
import { makeFhirBundleFormat } from '../../src/intake/fhir-bundle/fhir-bundle-format.js';
import { makeHealthCheckupFormat } from '../../src/intake/health-checkup/health-checkup-format.js';
import { makeSheetFormat } from '../../src/intake/sheet/sheet-format.js';
import { BLOOD_PRESSURE_GLUCOSE } from '../../src/intake/sheet/template.js';
import { loadRestrictedCodes } from '../../src/fhir/restricted-codes.js';
import { restrictionOf } from '../../src/fhir/sensitivity.js';
import { makeRecordRoom, type RecordRoom } from '../../src/record/record-room.js';
import type { Sealer } from '../../src/record/sources/vault.js';
import { openMemoryStore } from '../../src/store/memory/memory-store.js';
import type { OutboxRow, Store } from '../../src/store/store.js';
import type { OpenForTest } from './fhir-application.js';
import { projectRoot } from './project-root.js';
import { storeOnceOpen } from './store-once-open.js';

/** A record room over a store of its own, with a drain in place of a queue. */
export interface TestRecord extends RecordRoom {
  readonly store: Store;
  /** Runs open rows until none is left; `pick` chooses which of the open rows is next (order of processing). */
  drain(pick?: (rows: readonly OutboxRow[]) => OutboxRow): Promise<void>;
  send(door: string, bytes: Uint8Array, facilityCode?: string): Promise<string>;
}

let openForRoom: OpenForTest = openMemoryStore;
const openedForRooms: Store[] = [];

/** The engine that the rooms of this test file stand on; the memory engine when nothing is said. */
export function standRoomsOn(open: OpenForTest): void {
  openForRoom = open;
}

/** Closes the stores that rooms were given by `standRoomsOn`. */
export async function closeRooms(): Promise<void> {
  for (const store of openedForRooms.splice(0)) await store.close();
}

/** A store of its own for a room that was given none. */
function storeForRoom(parts: Parameters<OpenForTest>[0]): Store {
  const opening = openForRoom(parts);
  const store = opening instanceof Promise ? storeOnceOpen(opening) : opening;
  openedForRooms.push(store);
  return store;
}

export function startRecordRoom(
  options: { readonly store?: Store; readonly formats?: readonly IntakeFormat[] } = {},
): TestRecord {
  const codec = makeResourceCodec();
  const now = (): Date => new Date('2026-11-25T08:00:00Z');
  const store = options.store ?? storeForRoom({ codec, now: () => now().getTime() });
  const restricted = loadRestrictedCodes(projectRoot);
  const rules = { restrictionOf: (content: Parameters<typeof restrictionOf>[0]) => restrictionOf(content, restricted) };
  const formats = options.formats ?? [
    makeBhytXmlFormat(rules),
    makeHealthCheckupFormat(rules),
    makeSheetFormat(BLOOD_PRESSURE_GLUCOSE),
    makeFhirBundleFormat({
      validate: validateResource,
      restrictionOf: (resource) => restrictionOfResource(resource, restricted),
    }),
  ];
  const room = makeRecordRoom({
    store,
    sealer: plainSealer,
    formats,
    limits: { maxBytes: 64 * 1024 * 1024, maxVisits: 20_000 },
    codec,
    now,
  });
  return {
    ...room,
    store,
    async drain(pick = (rows) => rows[0] as OutboxRow) {
      for (;;) {
        const rows = await store.openOutbox({ limit: 100 });
        if (rows.length === 0) return;
        const row = pick(rows);
        await room.handlers[row.kind]?.(row);
      }
    },
    async send(door, bytes, facilityCode) {
      const sender = { clientId: `client-${facilityCode ?? 'any'}`, ...(facilityCode === undefined ? {} : { facilityCode }) };
      const { receiptId } = await room.submissions.accept({ door, bytes, sender, access: () => [] });
      return receiptId;
    },
  };
}

/** AES-256-GCM without compression and without wrapping: the store's own sealing has its own tests. */
const plainSealer: Sealer = {
  newDataKey: () => randomBytes(32),
  wrap: (dataKey) => dataKey,
  unwrap: (wrapped) => wrapped,
  async seal(dataKey, bytes) {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', dataKey, nonce);
    return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  },
  async open(dataKey, sealed) {
    const decipher = createDecipheriv('aes-256-gcm', dataKey, sealed.subarray(0, 12));
    decipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
  },
};
