import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { memoryFile, memoryFolder } from '../memory-folder.ts';
import { f16ToF32, f32ToF16 } from '../safetensors/convert.ts';
import type { GgufTensorType } from './gguf-tensor-type.ts';
import type { GgufValue } from './gguf-value.ts';
import { openGguf, type GgufFile } from './open-gguf.ts';
import { decodeQ4_0, encodeQ4_0 } from './quantize-q4-0.ts';
import { decodeQ8_0, encodeQ8_0 } from './quantize-q8-0.ts';
import { writeGguf, type GgufContent, type GgufTensorSource } from './write-gguf.ts';

const file = 'model.gguf';
const rng = createRng('gguf');
const random = (length: number, scale = 1): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, () => scale * rng.normal());
const half = (value: number): number => f16ToF32(f32ToF16(Float32Array.of(value)))[0]!;

async function write(content: GgufContent): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  await writeGguf(memoryFolder(files), file, content);
  return files;
}

async function throughFile(content: GgufContent): Promise<GgufFile> {
  return openGguf(memoryFile(file, (await write(content)).get(file)!));
}

const tensor = (
  name: string,
  type: GgufTensorType,
  [shape, values]: [number[], Float32Array],
): GgufTensorSource => ({ name, type, shape, values: () => values });

describe('a GGUF file', () => {
  it('gives back every kind of value, and tensors of every type', async () => {
    const metadata = new Map<string, GgufValue>([
      ['general.architecture', { type: 'string', value: 'llama – größer' }],
      ['a.bool', { type: 'bool', value: true }],
      ...(['u8', 'u16', 'u32', 'i8', 'i16', 'i32', 'f64'] as const).map((type): [string, GgufValue] => [
        `a.${type}`,
        { type, value: type.startsWith('i') ? -7 : 200 },
      ]),
      ['a.f32', { type: 'f32', value: Math.fround(0.1) }],
      ['a.u64', { type: 'u64', value: 2n ** 63n }],
      ['a.i64', { type: 'i64', value: -(2n ** 62n) }],
      ['list.strings', { type: 'array', of: 'string', values: ['', '▁the', '\u{1F426}'] }],
      ['list.floats', { type: 'array', of: 'f32', values: [0, -1.5] }],
      ['list.none', { type: 'array', of: 'i32', values: [] }],
    ]);
    const values = random(6 * 64);
    const types: GgufTensorType[] = ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'];
    const opened = await throughFile({
      metadata,
      tensors: [
        tensor('odd', 'f32', [[3], random(3)]),
        ...types.map((type) => tensor(type, type, [[6, 64], values])),
      ],
    });
    expect([...opened.metadata]).toEqual([...metadata]);
    expect(opened.names).toEqual(['odd', ...types]);
    expect(opened.info('q4_0')).toMatchObject({ type: 'q4_0', shape: [6, 64] });
    expect(await opened.readF32('f32')).toEqual(values);
    expect(await opened.readF32('f16')).toEqual(f16ToF32(f32ToF16(values)));
    expect(await opened.readF32('q8_0')).toEqual(decodeQ8_0(encodeQ8_0(values)));
    expect(await opened.readF32('q4_0')).toEqual(decodeQ4_0(encodeQ4_0(values)));
  });

  it('aligns data as it says', async () => {
    const metadata = new Map<string, GgufValue>([['general.alignment', { type: 'u32', value: 256 }]]);
    const tensors = [tensor('a', 'f32', [[5], random(5)]), tensor('b', 'f32', [[7], random(7)])];
    const bytes = (await write({ metadata, tensors })).get(file)!;
    expect(bytes.length % 256).toBe(0);
    expect(await (await openGguf(memoryFile(file, bytes))).readF32('b')).toEqual(await tensors[1]!.values());
  });

  it.each([
    ['rows that are no blocks', [tensor('x', 'q8_0', [[2, 48], random(96)])], /rows of 48/],
    ['a name twice', [1, 2].map(() => tensor('x', 'f32', [[1], random(1)])), /there twice/],
    ['a long name', [tensor('x'.repeat(64), 'f32', [[1], random(1)])], /more than 63 bytes/],
    ['NaN', [tensor('x', 'f16', [[2], Float32Array.of(1, NaN)])], /no numbers/],
    ['too few values', [tensor('x', 'f32', [[2], random(1)])], /needs 2/],
  ])('is not written with %s', async (_, tensors, message) => {
    const files = new Map<string, Uint8Array>();
    await expect(writeGguf(memoryFolder(files), file, { metadata: new Map(), tensors })).rejects.toThrow(
      message,
    );
    expect(files.size).toBe(0);
  });

  it('is refused when it is cut anywhere, or is something else', async () => {
    const metadata = new Map<string, GgufValue>([['k', { type: 'array', of: 'string', values: ['a', 'b'] }]]);
    const bytes = (await write({ metadata, tensors: [tensor('x', 'f32', [[9], random(9)])] })).get(file)!;
    for (let length = 0; length < bytes.length - 31; length++) {
      await expect(
        openGguf(memoryFile(file, bytes.slice(0, length))),
        `${length} bytes`,
      ).rejects.toMatchObject({
        code: 'BAD_FILE',
      });
    }
    await expect(openGguf(memoryFile(file, new Uint8Array(100)))).rejects.toThrow(/does not begin as one/);
    const newer = bytes.slice();
    newer[4] = 4;
    await expect(openGguf(memoryFile(file, newer))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

/** The definitions, value by value. */
function slowly(values: Float32Array, type: 'q8_0' | 'q4_0'): number[] {
  const out: number[] = [];
  for (let start = 0; start < values.length; start += 32) {
    const block = [...values.slice(start, start + 32)];
    const extreme = block.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
    const scale = Math.fround(type === 'q8_0' ? Math.abs(extreme) / 127 : extreme / -8);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    for (const x of block) {
      const scaled = Math.fround(x * inverse);
      const level =
        type === 'q8_0'
          ? Math.sign(scaled) * Math.round(Math.abs(scaled))
          : Math.min(15, Math.trunc(Math.fround(scaled + 8.5))) - 8;
      out.push(Math.fround(level * half(scale)));
    }
  }
  return out;
}

describe.each([
  // q4_0 has no level for the largest magnitude with the other sign: the error is a whole step there.
  { type: 'q8_0', encode: encodeQ8_0, decode: decodeQ8_0, bytes: 34, worst: 1 / 254 },
  { type: 'q4_0', encode: encodeQ4_0, decode: decodeQ4_0, bytes: 18, worst: 1 / 8 },
] as const)('$type', ({ type, encode, decode, bytes, worst }) => {
  it.each([1, 1e-3, 1e-8, 3e4])('follows its definition at scale %d', (scale) => {
    const values = random(32 * 50, scale);
    values.fill(0, 64, 96);
    const encoded = encode(values);
    expect(encoded.length).toBe(50 * bytes);
    const decoded = decode(encoded);
    expect([...decoded].map((x) => x + 0)).toEqual(slowly(values, type).map((x) => x + 0));
  });

  it('is off by no more than its steps', () => {
    const values = random(32 * 200);
    const decoded = decode(encode(values));
    for (let start = 0; start < values.length; start += 32) {
      const most = Math.max(...values.slice(start, start + 32).map(Math.abs));
      for (let i = start; i < start + 32; i++)
        expect(Math.abs(values[i]! - decoded[i]!)).toBeLessThanOrEqual(most * (worst + 1e-3));
    }
  });
});
