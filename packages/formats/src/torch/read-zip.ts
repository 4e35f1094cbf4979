import { BezoarError } from '@bezoar/core';
import type { FileSource } from '../file-source.ts';

/** Where an entry's bytes lie in the file. Torch stores them uncompressed. */
export interface ZipEntry {
  readonly offset: number;
  readonly size: number;
}

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
/** A 32-bit field that says: the value is in the ZIP64 extra field. */
const elsewhere = 0xffffffff;

/**
 * The entries of a ZIP archive by name, from its central directory; ZIP64 too, which files above 4 GB need. Only stored
 * entries are accepted. Throws BezoarError BAD_FILE.
 */
export async function readZip(file: FileSource): Promise<Map<string, ZipEntry>> {
  const directory = await findDirectory(file);
  const bytes = await read(file, directory.offset, directory.size);
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  for (let at = 0, n = 0; n < directory.count; n++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== centralSignature)
      throw bad(file, 'its directory is cut off');
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const commentLength = view.getUint16(at + 32, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    if (view.getUint16(at + 10, true) !== 0) throw bad(file, `its entry ${name} is compressed`);
    const extra = viewOf(bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
    const { size, header } = sizesOf(view, at, extra);
    entries.set(name, { offset: await dataOffset(file, header), size });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

interface Directory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

async function findDirectory(file: FileSource): Promise<Directory> {
  const tailSize = Math.min(file.size, 65_557);
  const tail = await read(file, file.size - tailSize, tailSize);
  const view = viewOf(tail);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== endSignature) continue;
    const small = {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    const needs64 = small.offset === elsewhere || small.size === elsewhere || small.count === 0xffff;
    if (!needs64) return small;
    if (at < 20 || view.getUint32(at - 20, true) !== locator64Signature)
      throw bad(file, 'its ZIP64 directory is missing');
    const end64 = viewOf(await read(file, Number(view.getBigUint64(at - 12, true)), 56));
    if (end64.getUint32(0, true) !== end64Signature) throw bad(file, 'its ZIP64 directory is damaged');
    return { count: big(end64, 32), size: big(end64, 40), offset: big(end64, 48) };
  }
  throw bad(file, 'it has no directory');
}

function sizesOf(view: DataView, at: number, extra: DataView): { size: number; header: number } {
  let size = view.getUint32(at + 24, true);
  let header = view.getUint32(at + 42, true);
  const compressed = view.getUint32(at + 20, true);
  for (let field = 0; field + 4 <= extra.byteLength; field += 4 + extra.getUint16(field + 2, true)) {
    if (extra.getUint16(field, true) !== 1) continue;
    let next = field + 4;
    const take = (): number => {
      const value = big(extra, next);
      next += 8;
      return value;
    };
    // The values stand in this order, and only those that are elsewhere.
    if (size === elsewhere) size = take();
    if (compressed === elsewhere) take();
    if (header === elsewhere) header = take();
  }
  return { size, header };
}

/** Behind the local header, whose name and extra field may be longer than the directory's. */
async function dataOffset(file: FileSource, header: number): Promise<number> {
  const view = viewOf(await read(file, header, 30));
  if (view.getUint32(0, true) !== localSignature) throw bad(file, 'an entry is not where the directory says');
  return header + 30 + view.getUint16(26, true) + view.getUint16(28, true);
}

function big(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function read(file: FileSource, offset: number, length: number): Promise<Uint8Array> {
  return file.read(offset, length);
}

function bad(file: FileSource, why: string): BezoarError {
  return new BezoarError('BAD_FILE', `${file.name} is not a whole torch file: ${why}.`, {
    advice: 'Download it again.',
  });
}
