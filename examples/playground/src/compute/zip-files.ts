export interface ZippedFile {
  /** With forward slashes. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

const local = { signature: 0x04034b50, size: 30 };
const central = { signature: 0x02014b50, size: 46 };
const end = { signature: 0x06054b50, size: 22 };
/** 1980-01-01: the same files give the same archive. */
const date = 0x0021;
/** Names are UTF-8. */
const flags = 0x0800;

/** A ZIP archive (APPNOTE 6.3.3) of stored files: weights do not get smaller. Up to 4 GiB. */
export function zipFiles(files: readonly ZippedFile[]): Uint8Array<ArrayBuffer> {
  const entries = files.map(({ name, bytes }) => ({
    name: new TextEncoder().encode(name),
    bytes,
    crc: crc32(bytes),
  }));
  const bodies = entries.reduce((sum, { name, bytes }) => sum + local.size + name.length + bytes.length, 0);
  const directory = entries.reduce((sum, { name }) => sum + central.size + name.length, 0);
  const archive = new Uint8Array(bodies + directory + end.size);
  const view = new DataView(archive.buffer);

  let at = 0;
  let listed = bodies;
  for (const { name, bytes, crc } of entries) {
    // Both headers have the same run of fields; the directory's begins two bytes later, and ends with where the file lies.
    const common = (start: number): void => {
      view.setUint16(start, 20, true);
      view.setUint16(start + 2, flags, true);
      view.setUint16(start + 8, date, true);
      view.setUint32(start + 10, crc, true);
      view.setUint32(start + 14, bytes.length, true);
      view.setUint32(start + 18, bytes.length, true);
      view.setUint16(start + 22, name.length, true);
    };
    view.setUint32(listed, central.signature, true);
    view.setUint16(listed + 4, 20, true);
    common(listed + 6);
    view.setUint32(listed + 42, at, true);
    archive.set(name, listed + central.size);
    listed += central.size + name.length;

    view.setUint32(at, local.signature, true);
    common(at + 4);
    archive.set(name, at + local.size);
    archive.set(bytes, at + local.size + name.length);
    at += local.size + name.length + bytes.length;
  }

  view.setUint32(listed, end.signature, true);
  view.setUint16(listed + 8, entries.length, true);
  view.setUint16(listed + 10, entries.length, true);
  view.setUint32(listed + 12, directory, true);
  view.setUint32(listed + 16, bodies, true);
  return archive;
}

/** CRC-32 of ISO 3309, as ZIP wants it. */
function crc32(bytes: Uint8Array): number {
  const table = crcTable();
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function crcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
}
