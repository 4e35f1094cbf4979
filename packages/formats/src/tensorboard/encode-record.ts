import { crc32c } from './crc32c.ts';

/**
 * One record of a TFRecord file: length as u64, its masked CRC, the data, its masked CRC; all little-endian. A reader notices a record
 * that was not written to its end.
 */
export function encodeRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + data.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}

/** A CRC over data that holds CRCs is weak: they are stored rotated by 15 bits and moved. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
