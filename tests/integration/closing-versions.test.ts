import { describe, expect, test } from '@jest/globals';
import { BHYT_XML_DOOR } from '../../src/intake/bhyt-xml/bhyt-xml-format.js';
import { dataKeyBlobId } from '../../src/record/sources/vault.js';
import { sampleFile } from '../support/bhyt-samples.js';
import { checkupFile, PERSON, visitFile } from '../support/one-person.js';
import { startRecordRoom, type TestRecord } from '../support/record-room.js';

const everything = { noLabel: [] };

/** Sample visit 01 with its tables changed and its file issued on another day. */
function visitVersion(options: {
  readonly issued?: string;
  readonly without?: readonly string[];
  readonly change?: (table: string, xml: string) => string;
}): Buffer {
  const { issued = '20260316', without = [], change = (_table: string, xml: string) => xml } = options;
  const tables = ['XML1', 'XML2', 'XML3', 'XML4', 'XML5'].filter((table) => !without.includes(table));
  const files = tables.map((table) => {
    const xml = change(table, sampleFile('hypertension', `${table}.xml`).toString('utf8'));
    return `<FILEHOSO><LOAIHOSO>${table}</LOAIHOSO><NOIDUNGFILE>${Buffer.from(xml).toString('base64')}</NOIDUNGFILE></FILEHOSO>`;
  });
  return Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><GIAMDINHHS><THONGTINDONVI><MACSKCB>56901</MACSKCB></THONGTINDONVI><THONGTINHOSO>` +
      `<NGAYLAP>${issued}</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO>${files.join('')}</HOSO></DANHSACHHOSO>` +
      `</THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>`,
  );
}

const withWeight = (weight: string) => (table: string, xml: string) =>
  table === 'XML1' ? xml.replace('<CAN_NANG>58.50<', `<CAN_NANG>${weight}<`) : xml;
const withoutSecondDrug = (table: string, xml: string): string =>
  table === 'XML2'
    ? xml.replace(/(<CHI_TIET_THUOC>[\s\S]*?<\/CHI_TIET_THUOC>)\s*<CHI_TIET_THUOC>[\s\S]*?<\/CHI_TIET_THUOC>/, '$1')
    : xml;
const withdrawn = (table: string, xml: string): string =>
  table === 'XML1' ? xml.replace('<MA_DOITUONG_KCB>1.1<', '<MA_DOITUONG_KCB>8<') : xml;

const send = (room: TestRecord, file: Buffer): Promise<string> => room.send(BHYT_XML_DOOR, file, '56901');
const stateOf = async (room: TestRecord, receiptId: string) => (await room.submissions.receipt(receiptId))?.visits[0]?.state;

/** Hash of a room that got just these files, one after the other. */
async function hashOf(...files: readonly Buffer[]): Promise<string> {
  const room = startRecordRoom();
  for (const file of files) await send(room, file);
  await room.drain();
  return room.recordHash();
}

async function weightOf(room: TestRecord): Promise<unknown> {
  const page = await room.store.search({
    resourceTypes: ['Observation'],
    criteria: [{ param: 'code', kind: 'token', values: [{ kind: 'token', code: '29463-7' }] }],
    order: 'newest',
    count: 10,
  });
  return page.items.map(({ body }) => (JSON.parse(body ?? '') as { valueQuantity: { value: number } }).valueQuantity.value);
}

// Closing test 3 of issue Slice; merging.md §4.2
describe('versions, corrections, withdrawals', () => {
  test('a correction with a line less takes the line away and keeps the ids of the others and the person', async () => {
    const room = startRecordRoom();
    await send(room, visitFile());
    await room.drain();
    const [before] = await room.reader.findByNumber(PERSON.nationalId, everything);
    const receipt = await send(room, visitVersion({ issued: '20260317', change: withoutSecondDrug }));
    await room.drain();

    const [after] = await room.reader.findByNumber(PERSON.nationalId, everything);
    expect(after?.personId).toBe(before?.personId);
    expect(await stateOf(room, receipt)).toBe('accepted');
    const drugs = (await room.reader.history(after?.personId ?? '', everything, { count: 5 }))?.events[0]?.resources.filter(
      ({ resourceType }) => resourceType === 'MedicationRequest',
    );
    expect(drugs).toHaveLength(1);
    const history = await room.store.history({ resourceType: 'MedicationRequest', id: drugs?.[0]?.id ?? '' }, 10);
    expect(history).toHaveLength(1);
    expect(await room.recordHash()).toBe(await hashOf(visitVersion({ issued: '20260317', change: withoutSecondDrug })));
  });

  test('of two corrections on one day the one that the door took later counts, in both orders of processing', async () => {
    for (const pick of ['first', 'last'] as const) {
      const room = startRecordRoom();
      await send(room, visitFile());
      const first = await send(room, visitVersion({ issued: '20260318', change: withWeight('57.00') }));
      const second = await send(room, visitVersion({ issued: '20260318', change: withWeight('56.50') }));
      await room.drain((rows) => (pick === 'first' ? rows[0] : rows.at(-1)) as (typeof rows)[number]);

      expect(await weightOf(room)).toEqual([56.5]);
      expect([await stateOf(room, first), await stateOf(room, second)]).toEqual(['superseded', 'accepted']);
    }
  });

  test('an old version after the new one is kept as superseded and changes nothing', async () => {
    const room = startRecordRoom();
    await send(room, visitVersion({ issued: '20260320', change: withWeight('57.00') }));
    await room.drain();
    const hash = await room.recordHash();

    const old = await send(room, visitFile());
    await room.drain();

    expect(await stateOf(room, old)).toBe('superseded');
    expect(await room.recordHash()).toBe(hash);
  });

  test('50 duplicates, in the same and in other envelopes, count once', async () => {
    const room = startRecordRoom();
    const first = await send(room, visitFile());
    const receipts = new Set<string>();
    for (let index = 0; index < 50; index += 1) receipts.add(await send(room, visitFile()));
    const spaced = Buffer.from(visitFile().toString('utf8').replace('<DANHSACHHOSO>', '<DANHSACHHOSO>\n\n'));
    const other = await send(room, spaced);
    await room.drain();

    expect([...receipts]).toEqual([first]);
    expect(await stateOf(room, other)).toBe('duplicate');
    expect(await room.recordHash()).toBe(await hashOf(visitFile()));
  });

  test('a payload equal to a superseded version has no effect, and the receipt asks for a newer issue time', async () => {
    const room = startRecordRoom();
    await send(room, visitFile());
    await send(room, visitVersion({ issued: '20260317', change: withWeight('57.00') }));
    const again = await send(room, Buffer.from(visitFile().toString('utf8').replace('<DANHSACHHOSO>', '<DANHSACHHOSO> ')));
    await room.drain();

    const visit = (await room.submissions.receipt(again))?.visits[0];
    expect(visit?.state).toBe('duplicate');
    expect(visit?.problems.map(({ code }) => code)).toContain('equals-superseded-version');
    expect(await weightOf(room)).toEqual([57]);
  });

  test('a withdrawal before the original: the visit never shows, the receipts say so', async () => {
    const room = startRecordRoom();
    const checkup = await room.send('health-checkup', checkupFile(), '56902');
    await room.drain();
    const [person] = await room.reader.findByNumber(PERSON.nationalId, everything);
    const withdrawal = await send(room, visitVersion({ issued: '20260319', change: withdrawn }));
    await room.drain();
    const original = await send(room, visitFile());
    await room.drain();

    expect([await stateOf(room, withdrawal), await stateOf(room, original)]).toEqual(['withdrawn', 'withdrawn']);
    expect((await room.submissions.receipt(checkup))?.visits[0]?.state).toMatch(/^accepted/);
    const history = await room.reader.history(person?.personId ?? '', everything, { count: 5 });
    expect(history?.events.map(({ kind }) => kind)).toEqual(['check-up']);
  });

  test('a withdrawal after the original takes the visit out; the same files in the other order give the same record', async () => {
    const room = startRecordRoom();
    await room.send('health-checkup', checkupFile(), '56902');
    await send(room, visitFile());
    await room.drain();
    const [person] = await room.reader.findByNumber(PERSON.nationalId, everything);

    await send(room, visitVersion({ issued: '20260319', change: withdrawn }));
    await room.drain();

    const history = await room.reader.history(person?.personId ?? '', everything, { count: 5 });
    expect(history?.events.map(({ kind }) => kind)).toEqual(['check-up']);
    const only = startRecordRoom();
    await only.send('health-checkup', checkupFile(), '56902');
    await only.drain();
    expect(await room.recordHash()).toBe(await only.recordHash());
  });

  test('a correction to another person moves the visit whole, and nothing of it stays with the first', async () => {
    const room = startRecordRoom();
    await room.send('health-checkup', checkupFile(), '56902');
    await send(room, visitFile());
    await room.drain();
    const [first] = await room.reader.findByNumber(PERSON.nationalId, everything);
    const change = (_table: string, xml: string): string =>
      xml
        .replaceAll('056158000117', '056158000999')
        .replaceAll('HT3565690000117', 'HT3565690000999')
        .replaceAll('TYT0000117', 'TYT0000999')
        .replaceAll('Nguyễn Thị Thử Nghiệm', 'Trần Thị Khác Người');

    await send(room, visitVersion({ issued: '20260321', change }));
    await room.drain();

    const [second] = await room.reader.findByNumber('056158000999', everything);
    expect(second?.personId).not.toBe(first?.personId);
    const kinds = async (id: string | undefined) =>
      (await room.reader.history(id ?? '', everything, { count: 5 }))?.events.map(({ kind }) => kind);
    expect(await kinds(first?.personId)).toEqual(['check-up']);
    expect(await kinds(second?.personId)).toEqual(['visit']);
    const cards = (await room.reader.history(first?.personId ?? '', everything, { count: 5 }))?.summary.coverages;
    expect(cards).toEqual([]);
    expect(await room.store.heldLabels()).toEqual([]);
  });

  test('a destroyed data key: the rebuild skips that visit and keeps the rest', async () => {
    const room = startRecordRoom();
    await room.send('health-checkup', checkupFile(), '56902');
    await send(room, visitFile());
    await room.drain();
    const only = startRecordRoom();
    await only.send('health-checkup', checkupFile(), '56902');
    await only.drain();
    const [source] = (await room.store.scanRecords<{ door: string; blobId: string }>('source', undefined, 10)).filter(
      ({ value }) => value.door === BHYT_XML_DOOR,
    );

    await room.store.commit({ deleteBlobs: [dataKeyBlobId(source?.value.blobId ?? '')] });
    const { after } = await room.rebuildAll({ onBefore: () => undefined, progress: () => undefined });

    expect(after).toBe(await only.recordHash());
  });
});
