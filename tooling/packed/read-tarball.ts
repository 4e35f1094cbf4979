import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The files of an npm tarball by their path inside the package: ustar with pax headers, as npm and pnpm write it. */
export function readTarball(path: string): ReadonlyMap<string, Uint8Array> {
  return readTar(gunzipSync(readFileSync(path)));
}

const block = 512;

function readTar(bytes: Buffer): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let longPath: string | undefined;
  for (let at = 0; at + block <= bytes.length && bytes[at] !== 0;) {
    const text = (start: number, length: number): string =>
      bytes
        .subarray(at + start, at + start + length)
        .toString('utf8')
        .replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    const content = bytes.subarray(at + block, at + block + size);
    const type = text(156, 1);
    if (type === 'x') {
      longPath = /\d+ path=(.*)\n/.exec(content.toString('utf8'))?.[1];
    } else {
      const prefix = text(345, 155);
      const name = longPath ?? (prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`);
      // Everything lies in one folder, whatever its name.
      if (type === '0' || type === '') files.set(name.replace(/^[^/]+\//, ''), content);
      longPath = undefined;
    }
    at += block + Math.ceil(size / block) * block;
  }
  return files;
}
