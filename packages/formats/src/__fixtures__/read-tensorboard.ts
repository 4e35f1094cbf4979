/** An event as a reader sees it. */
export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion: string | undefined;
  readonly scalars: Readonly<Record<string, number>>;
}

/**
 * Reads a TensorBoard event file from the specifications (TFRecord framing, Protocol Buffers' wire format, event.proto), sharing nothing with the
 * writer: the CRC is computed bit by bit. Throws when something is wrong.
 */
export function readTensorboard(bytes: Uint8Array): ReadEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: ReadEvent[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(view.getBigUint64(at, true));
    checkCrc(bytes.subarray(at, at + 8), view.getUint32(at + 8, true));
    const data = bytes.subarray(at + 12, at + 12 + length);
    checkCrc(data, view.getUint32(at + 12 + length, true));
    events.push(readEvent(data));
    at += 16 + length;
  }
  return events;
}

function checkCrc(bytes: Uint8Array, stored: number): void {
  let crc = 0xffff_ffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0x82f6_3b78n : crc >> 1n;
  }
  crc ^= 0xffff_ffffn;
  // masked_crc = ((crc >> 15) | (crc << 17)) + 0xa282ead8, so unmask.
  const rotated = (BigInt(stored) - 0xa282_ead8n + 0x1_0000_0000n) & 0xffff_ffffn;
  const unmasked = ((rotated << 15n) | (rotated >> 17n)) & 0xffff_ffffn;
  if (unmasked !== crc) throw new Error(`CRC ${unmasked.toString(16)} is stored, ${crc.toString(16)} is right.`);
}

function readEvent(data: Uint8Array): ReadEvent {
  let wallTime = 0;
  let step = 0;
  let fileVersion: string | undefined;
  const scalars: Record<string, number> = {};
  for (const { field, value } of readFields(data)) {
    if (field === 1) wallTime = doubleOf(value as Uint8Array);
    else if (field === 2) step = Number(value as bigint);
    else if (field === 3) fileVersion = textOf(value as Uint8Array);
    else if (field === 5) {
      for (const item of readFields(value as Uint8Array)) {
        const parts = readFields(item.value as Uint8Array);
        const tag = textOf(parts.find((part) => part.field === 1)!.value as Uint8Array);
        scalars[tag] = floatOf(parts.find((part) => part.field === 2)!.value as Uint8Array);
      }
    } else throw new Error(`Field ${field} is not known.`);
  }
  return { wallTime, step, fileVersion, scalars };
}

interface Field {
  readonly field: number;
  readonly value: Uint8Array | bigint;
}

function readFields(data: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = data[at++];
      if (byte === undefined) throw new Error('A varint has no end.');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    if (at + length > data.length) throw new Error('A field goes past the end.');
    return data.subarray(at, (at += length));
  };
  while (at < data.length) {
    const key = Number(varint());
    const wire = key & 7;
    if (wire === 0) fields.push({ field: key >> 3, value: varint() });
    else if (wire === 1) fields.push({ field: key >> 3, value: take(8) });
    else if (wire === 2) fields.push({ field: key >> 3, value: take(Number(varint())) });
    else if (wire === 5) fields.push({ field: key >> 3, value: take(4) });
    else throw new Error(`Wire type ${wire} is not known.`);
  }
  return fields;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const doubleOf = (bytes: Uint8Array): number => viewOf(bytes).getFloat64(0, true);
const floatOf = (bytes: Uint8Array): number => viewOf(bytes).getFloat32(0, true);
const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);
