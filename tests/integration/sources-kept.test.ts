import { expect, describe, test } from '@jest/globals';
import type { SubmissionValue } from '../../src/record/collections.js';
import { COLLECTIONS } from '../../src/record/collections.js';
import { blobIds, joinFile, sha256Of, unpackPieces } from '../../src/record/sources/vault.js';
import { sampleFile } from '../support/bhyt-samples.js';
import { checkupFile, sheetFile, visitFile } from '../support/one-person.js';
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
});
