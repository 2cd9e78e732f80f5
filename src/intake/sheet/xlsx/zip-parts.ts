import { crc32, inflateRawSync } from 'node:zlib';
import { PhrError } from '../../../errors.js';

/** Parts of one ZIP file; a workbook has some ten, with pictures some hundred. */
export const MAX_ZIP_ENTRIES = 1_000;
/** Bytes that the parts which are read may have together once unpacked: 20,000 rows of fifteen columns have about twelve million. */
export const MAX_UNPACKED_BYTES = 32 * 1024 * 1024;

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
const END_LENGTH = 22;
const ENTRY_LENGTH = 46;
const LOCAL_LENGTH = 30;
/** Longest comment behind the directory. */
const MAX_COMMENT_LENGTH = 0xffff;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly crc: number;
  readonly packedLength: number;
  readonly length: number;
  readonly offset: number;
}

/** Parts of a ZIP file by name, unpacked when asked for. */
export interface ZipParts {
  /** @returns undefined when there is no such part. @throws PhrError `malformed` | `too-large` */
  read(name: string): Buffer | undefined;
}

/** True for the bytes that a ZIP file begins with. */
export const isZip = (file: Uint8Array): boolean => file[0] === 0x50 && file[1] === 0x4b && file[2] === 0x03 && file[3] === 0x04;

/**
 * Opens a ZIP file by its directory (APPNOTE.TXT 6.3, §4.3): stored and deflated parts, no encryption, no ZIP64, one disk. What a part says
 * of its size is checked before it is unpacked, and it never unpacks to more than it says.
 *
 * @throws PhrError `malformed` when it is no such file; `too-large` beyond `MAX_ZIP_ENTRIES`
 */
export function openZip(file: Uint8Array): ZipParts {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const entries = directoryOf(bytes);
  let unpacked = 0;
  return {
    read(name) {
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      if (entry.isEncrypted) throw new PhrError('malformed', 'Tệp Excel có mật khẩu: hãy bỏ mật khẩu rồi gửi lại');
      unpacked += entry.length;
      if (unpacked > MAX_UNPACKED_BYTES) {
        throw new PhrError('too-large', `Tệp Excel mở ra lớn hơn ${MAX_UNPACKED_BYTES} byte: hãy chia nhỏ rồi gửi lại`);
      }
      return unpack(bytes, entry);
    },
  };
}

const broken = (cause?: unknown): PhrError =>
  new PhrError('malformed', 'Tệp Excel bị hỏng hoặc không phải .xlsx: hãy lưu lại rồi gửi', [], { cause });

function directoryOf(bytes: Buffer): ReadonlyMap<string, Entry> {
  const end = endOf(bytes);
  const count = bytes.readUInt16LE(end + 10);
  if (count > MAX_ZIP_ENTRIES) throw new PhrError('too-large', `Tệp Excel có hơn ${MAX_ZIP_ENTRIES} phần`);
  let at = bytes.readUInt32LE(end + 16);
  const entries = new Map<string, Entry>();
  for (let index = 0; index < count; index += 1) {
    if (at + ENTRY_LENGTH > end || bytes.readUInt32LE(at) !== ENTRY_SIGNATURE) throw broken();
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + ENTRY_LENGTH, at + ENTRY_LENGTH + nameLength);
    // Which of two parts with one name counts is decided differently by every reader.
    if (entries.has(name)) throw broken();
    entries.set(name, {
      isEncrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
      method: bytes.readUInt16LE(at + 10),
      crc: bytes.readUInt32LE(at + 16),
      packedLength: bytes.readUInt32LE(at + 20),
      length: bytes.readUInt32LE(at + 24),
      offset: bytes.readUInt32LE(at + 42),
    });
    at += ENTRY_LENGTH + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

/** Where the end of the directory stands: the last place that says so and whose comment ends with the file. */
function endOf(bytes: Buffer): number {
  const first = Math.max(0, bytes.length - END_LENGTH - MAX_COMMENT_LENGTH);
  for (let at = bytes.length - END_LENGTH; at >= first; at -= 1) {
    if (bytes.readUInt32LE(at) === END_SIGNATURE && at + END_LENGTH + bytes.readUInt16LE(at + 20) === bytes.length) return at;
  }
  throw broken();
}

function unpack(bytes: Buffer, { method, crc, packedLength, length, offset }: Entry): Buffer {
  if (offset + LOCAL_LENGTH > bytes.length || bytes.readUInt32LE(offset) !== LOCAL_SIGNATURE) throw broken();
  const start = offset + LOCAL_LENGTH + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  if (start + packedLength > bytes.length) throw broken();
  const packed = bytes.subarray(start, start + packedLength);
  const content = method === STORED ? packed : method === DEFLATED ? inflate(packed, length) : undefined;
  if (content?.length !== length || crc32(content) !== crc) throw broken();
  return content;
}

function inflate(packed: Buffer, length: number): Buffer {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(length, 1) });
  } catch (cause) {
    throw broken(cause);
  }
}
