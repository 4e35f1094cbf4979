import { createRng } from '@bezoar/core';
import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { zipFiles } from '../src/compute/zip-files.ts';

/** What a reader that knows nothing but the format finds, from the end. */
function readBack(archive: Uint8Array): { name: string; bytes: Uint8Array; crc: number }[] {
  const view = new DataView(archive.buffer);
  const end = archive.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const found = [];
  let at = view.getUint32(end + 16, true);
  for (let n = view.getUint16(end + 10, true); n > 0; n--) {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const size = view.getUint32(at + 24, true);
    const nameLength = view.getUint16(at + 28, true);
    const header = view.getUint32(at + 42, true);
    expect(view.getUint32(header, true)).toBe(0x04034b50);
    expect(archive.slice(header + 4, header + 28)).toEqual(archive.slice(at + 6, at + 30));
    const start = header + 30 + view.getUint16(header + 26, true);
    found.push({
      name: new TextDecoder().decode(archive.subarray(at + 46, at + 46 + nameLength)),
      bytes: archive.slice(start, start + size),
      crc: view.getUint32(at + 16, true),
    });
    at += 46 + nameLength;
  }
  expect(at).toBe(end);
  return found;
}

it('stores files with their names, sizes and checksums', () => {
  const rng = createRng(`zip ${Date.now()}`);
  const files = ['a.json', 'folder/ünïcode.bin', 'empty'].map((name, index) => ({
    name,
    bytes: Uint8Array.from({ length: index === 2 ? 0 : 1 + rng.int(5000) }, () => rng.int(256)),
  }));
  const found = readBack(zipFiles(files));
  expect(found).toEqual(files.map(({ name, bytes }) => ({ name, bytes, crc: crc32(bytes) })));
});

it('gives the same bytes for the same files', () => {
  const files = [{ name: 'a', bytes: Uint8Array.of(1, 2, 3) }];
  expect(zipFiles(files)).toEqual(zipFiles(files));
});
