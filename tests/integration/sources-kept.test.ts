import { expect, describe, test } from '@jest/globals';
import type { SubmissionValue } from '../../src/record/collections.js';
import { COLLECTIONS } from '../../src/record/collections.js';
import { blobIds, joinFile, sha256Of, unpackPieces } from '../../src/record/sources/vault.js';
import { sampleFile } from '../support/bhyt-samples.js';
import { checkupFile, sheetFile, visitFile } from '../support/one-person.js';
import { aSheet } from '../support/sheet-file.js';
import { aWorkbook } from '../support/xlsx-file.js';
import { startRecordRoom, type TestRecord } from '../support/record-room.js';

/** The file as the store holds it once it was parsed: skeleton and segments, opened and put together. */
async function keptFile(room: TestRecord, submissionId: string): Promise<Buffer> {
  const submission = await room.store.record<SubmissionValue>(COLLECTIONS.submission, submissionId);
  const skeleton = unpackPieces((await room.vault.read(blobIds.skeleton(submissionId))) ?? new Uint8Array());
  const segments: Uint8Array[] = [];
  for (let position = 1; position <= (submission?.value.visitCount ?? 0); position += 1) {
    segments.push((await room.vault.read(blobIds.segment(submissionId, position))) ?? new Uint8Array());
  }
  return Buffer.from(joinFile(skeleton, segments));
}

/** Many visits in one file, so that it is parsed in several commits. */
function twelveVisits(): Buffer {
  const one = visitFile().toString('utf8');
  const [hoso = ''] = /<HOSO>[^]*<\/HOSO>/.exec(one) ?? [];
  return Buffer.from(one.replace(hoso, Array.from({ length: 12 }, () => hoso).join('\n')));
}

// merging.md I1; design.md §6 "putting them together gives the same SHA-256"
describe('what was sent', () => {
  test.each([
    ['bhyt-xml', 'an insurance file', visitFile(), '56901'],
    [
      'bhyt-xml',
      'a file with byte order mark and blanks',
      Buffer.concat([Buffer.from('\ufeff'), visitFile(), Buffer.from('\n \n')]),
      '56901',
    ],
    ['bhyt-xml', 'a file of twelve visits', twelveVisits(), '56901'],
    [
      'bhyt-xml',
      'a visit with bad base64',
      Buffer.from(
        visitFile()
          .toString('utf8')
          .replace(/<NOIDUNGFILE>[^<]{9}/, '<NOIDUNGFILE>!'),
      ),
      '56901',
    ],
    ['health-checkup', 'a check-up', checkupFile(), '56902'],
    ['sheet/blood-pressure-glucose', 'a sheet', sheetFile(), '56903'],
    ['sheet/blood-pressure-glucose', 'a workbook', aWorkbook([{ ma_phieu: 'A' }, { ma_phieu: 'B' }]), '56903'],
  ])('%s: the bytes of %s stay as they were, after parsing, corrections and a rebuild', async (door, _name, file, facility) => {
    const room = startRecordRoom();
    const id = await room.send(door, file, facility);
    await room.drain();

    await room.send('bhyt-xml', sampleFile('delivery'), '56902');
    await room.send('health-checkup', checkupFile({ weight: '61.0', issued: '20260901' }), '56902');
    await room.drain();
    await room.rebuildAll({ onBefore: () => undefined, progress: () => undefined });

    const submission = await room.store.record<SubmissionValue>(COLLECTIONS.submission, id);
    const kept = await keptFile(room, id);
    expect(submission?.value.sha256).toBe(sha256Of(file));
    expect(sha256Of(kept)).toBe(sha256Of(file));
    expect(await room.vault.read(blobIds.whole(id))).toBeUndefined();
  });

  // interfaces.md §3: CSV or XLSX
  test('a workbook says what the sheet with its rows says, and is read again to the same record', async () => {
    const rows = [{ ma_phieu: 'A' }, { ma_phieu: 'B', ho_ten: 'Lê Văn Tám', gioi_tinh: 'Nam', so_cccd: '056060000002' }];
    const contents = async (file: Buffer) => {
      const room = startRecordRoom();
      const id = await room.send('sheet/blood-pressure-glucose', file, '56903');
      await room.drain();
      const facts = (await room.store.scanResources(undefined, 100, 'fact')).map(({ body = '' }) =>
        body.replace(/"(id|source|reference)":"[^"]*",?/g, ''),
      );
      const { before, after } = await room.rebuildAll({ onBefore: () => undefined, progress: () => undefined });
      expect(after).toBe(before);
      return { facts: facts.sort(), visits: (await room.submissions.receipt(id))?.visits.map(({ key, state }) => [key, state]) };
    };

    const workbook = await contents(aWorkbook(rows));

    expect(workbook.facts.length).toBeGreaterThan(8);
    expect(workbook).toEqual(await contents(Buffer.from(aSheet(...rows))));
  });
});
