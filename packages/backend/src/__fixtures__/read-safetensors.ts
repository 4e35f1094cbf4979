import { readFileSync } from 'node:fs';

/** A test-only reader: F32 and U8 tensors of a small safetensors file as plain numbers' arrays. */
export function readSafetensors(path: string): Record<string, Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(readFileSync(path));
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength))) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  return Object.fromEntries(
    Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([name, { dtype, data_offsets }]) => {
        const part = bytes.slice(8 + headerLength + data_offsets[0], 8 + headerLength + data_offsets[1]);
        if (dtype !== 'F32' && dtype !== 'U8') throw new TypeError(`${path}: ${name} has the dtype ${dtype}`);
        return [name, dtype === 'F32' ? new Float32Array(part.buffer) : part];
      }),
  );
}
