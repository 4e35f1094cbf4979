import { describe, expect, it } from 'vitest';
import { memoryFile, memoryFolder } from '../memory-folder.ts';
import { openCheckpoint } from '../checkpoint/open-checkpoint.ts';
import { openSafetensors } from './open-safetensors.ts';
import { writeSafetensors, type TensorSource } from './write-safetensors.ts';
import { writeShardedCheckpoint } from './write-sharded-checkpoint.ts';

function f32(name: string, shape: number[], values: number[]): TensorSource {
  return { name, dtype: 'F32', shape, data: () => new Uint8Array(Float32Array.from(values).buffer) };
}

/** A file with the given header text and data bytes. */
function fileOf(header: string, data = new Uint8Array()): ReturnType<typeof memoryFile> {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return memoryFile('weights.safetensors', bytes);
}

const entry = (shape: number[], offsets: number[], dtype = 'F32'): object => ({
  dtype,
  shape,
  data_offsets: offsets,
});

describe('safetensors', () => {
  it('reads back what it writes, with metadata and any number of dimensions', async () => {
    const files = new Map<string, Uint8Array>();
    const tensors = [f32('a', [2, 2], [1, 2, 3, 4]), f32('scalar', [], [5]), f32('empty', [0, 3], [])];
    await writeSafetensors(memoryFolder(files), 'x.safetensors', { tensors, metadata: { format: 'pt' } });
    const file = await openSafetensors(memoryFile('x', files.get('x.safetensors')!));
    expect(file.names).toEqual(['a', 'scalar', 'empty']);
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(file.info('a')).toMatchObject({ dtype: 'F32', shape: [2, 2] });
    expect([...(await file.readF32('a'))]).toEqual([1, 2, 3, 4]);
    expect([...(await file.readF32('scalar'))]).toEqual([5]);
    expect(await file.readF32('empty')).toHaveLength(0);
  });

  it('converts half types', async () => {
    const bf16 = Uint8Array.of(0x80, 0x3f, 0x20, 0xc1);
    const f16 = Uint8Array.of(0x00, 0x3c, 0x01, 0x00, 0x00, 0xfc);
    const header = { a: entry([2], [0, 4], 'BF16'), b: entry([3], [4, 10], 'F16') };
    const file = await openSafetensors(fileOf(JSON.stringify(header), Uint8Array.of(...bf16, ...f16)));
    expect([...(await file.readF32('a'))]).toEqual([1, -10]);
    expect([...(await file.readF32('b'))]).toEqual([1, 2 ** -24, -Infinity]);
  });

  it('takes any text as a name', async () => {
    const names = ['"a": "b\\', 'é:"', '{', ''];
    const files = new Map<string, Uint8Array>();
    await writeSafetensors(memoryFolder(files), 'x', {
      tensors: names.map((name, i) => f32(name, [1], [i])),
    });
    const file = await openSafetensors(memoryFile('x', files.get('x')!));
    expect(file.names).toEqual(names);
    expect(await file.readF32('{')).toEqual(Float32Array.of(2));
  });

  it('writes data that starts at a multiple of 8, whatever the header', async () => {
    const files = new Map<string, Uint8Array>();
    for (const name of ['a', 'ab', 'abc', 'abcdefgh']) {
      await writeSafetensors(memoryFolder(files), name, { tensors: [f32(name, [1], [1])] });
      expect(files.get(name)![0]! % 8).toBe(0);
    }
  });

  it('names a tensor that is not there, or of another type', async () => {
    const header = { a: entry([1], [0, 8], 'I64'), b: entry([2], [8, 16], 'I32') };
    const file = await openSafetensors(
      fileOf(JSON.stringify(header), Uint8Array.of(...new Uint8Array(8), 7, 0, 0, 0, 255, 255, 255, 255)),
    );
    expect([...(await file.readInt32('b'))]).toEqual([7, -1]);
    await expect(file.readRaw('c')).rejects.toThrow(/no tensor c/);
    await expect(file.readInt32('a')).rejects.toThrow(/tensor a is I64/);
    await expect(file.readF32('a')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it.each([
    ['two tensors of one name', [f32('a', [1], [1]), f32('a', [1], [1])], /two tensors are called a/],
    ['bytes that do not fit the shape', [f32('a', [2], [1])], /a came with 4 bytes, its shape needs 8/],
  ])('refuses to write %s', async (_, tensors, message) => {
    const writing = writeSafetensors(memoryFolder(new Map()), 'x', { tensors });
    await expect(writing).rejects.toThrow(message);
  });

  it.each([
    ['a header that is not JSON', fileOf('{"a":'), /header is not JSON/],
    ['a header of another kind', fileOf('{"a": 1}'), /without dtype/],
    [
      'an unknown type',
      fileOf(JSON.stringify({ a: entry([1], [0, 4], 'F7') }), new Uint8Array(4)),
      /unknown type F7/,
    ],
    [
      'a shape that needs more bytes',
      fileOf(JSON.stringify({ a: entry([2], [0, 4]) }), new Uint8Array(4)),
      /4 bytes, its shape needs 8/,
    ],
    [
      'overlapping tensors',
      fileOf(JSON.stringify({ a: entry([2], [0, 8]), b: entry([1], [4, 8]) }), new Uint8Array(8)),
      /starts at 4, 8 was expected/,
    ],
    [
      'a gap',
      fileOf(JSON.stringify({ a: entry([1], [4, 8]) }), new Uint8Array(8)),
      /starts at 4, 0 was expected/,
    ],
    [
      'data that was cut off',
      fileOf(JSON.stringify({ a: entry([2], [0, 8]) }), new Uint8Array(4)),
      /holds 4 bytes of data, its header describes 8/,
    ],
    [
      'a header longer than the file',
      memoryFile('w', Uint8Array.of(255, 255, 0, 0, 0, 0, 0, 0, 1)),
      /header claims 65535 bytes/,
    ],
    [
      'a tensor that is named twice',
      fileOf(
        `{"a":${JSON.stringify(entry([1], [0, 4]))},"a":${JSON.stringify(entry([1], [0, 4]))}}`,
        new Uint8Array(4),
      ),
      /names a tensor twice/,
    ],
    ['an absurd header', memoryFile('w', new Uint8Array(16).fill(255)), /header claims/],
    ['an empty file', memoryFile('w', new Uint8Array()), /only 0 bytes/],
  ])('refuses %s', async (_, file, message) => {
    await expect(openSafetensors(file)).rejects.toThrow(message);
    await expect(openSafetensors(file)).rejects.toMatchObject({ code: 'BAD_FILE' });
  });
});

describe('checkpoints', () => {
  const tensors = [f32('a', [2], [1, 2]), f32('b', [3], [3, 4, 5]), f32('c', [1], [6])];

  it('shards a model that is larger than a shard, and reads it as one', async () => {
    const files = new Map<string, Uint8Array>();
    const folder = memoryFolder(files);
    await writeShardedCheckpoint(folder, tensors, { maxShardBytes: 12 });
    expect([...files.keys()].sort()).toEqual([
      'model-00001-of-00003.safetensors',
      'model-00002-of-00003.safetensors',
      'model-00003-of-00003.safetensors',
      'model.safetensors.index.json',
    ]);
    const checkpoint = await openCheckpoint(folder);
    expect([...(await checkpoint.readF32('b'))]).toEqual([3, 4, 5]);
    files.delete('model-00002-of-00003.safetensors');
    await expect(openCheckpoint(folder)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('model-00002-of-00003') as string,
    });
  });

  it.each([
    ['one file', 'shards', 1000, 12],
    ['shards', 'one file', 12, 1000],
    ['other shards', 'shards', 8, 12],
  ])('replaces %s by %s, and no reader finds the old model', async (...[, , before, after]) => {
    const folder = memoryFolder(new Map());
    const old = ['a', 'b', 'old'].map((name) => f32(name, [1], [9]));
    await writeShardedCheckpoint(folder, old, { maxShardBytes: before });
    await writeShardedCheckpoint(folder, tensors, { maxShardBytes: after });
    const checkpoint = await openCheckpoint(folder);
    expect([...checkpoint.names].sort()).toEqual(['a', 'b', 'c']);
    expect([...(await checkpoint.readF32('a'))]).toEqual([1, 2]);
    // What transformers looks for first.
    expect(await folder.exists('model.safetensors')).toBe(after === 1000);
  });

  it('is no mixture of two models after a crash between two shards', async () => {
    const folder = memoryFolder(new Map());
    await writeShardedCheckpoint(folder, tensors, { maxShardBytes: 12 });
    const crash = (): never => {
      throw new Error('crash');
    };
    const next = [f32('a', [2], [7, 7]), { ...f32('b', [3], []), data: crash }, f32('c', [1], [7])];
    await expect(writeShardedCheckpoint(folder, next, { maxShardBytes: 12 })).rejects.toThrow('crash');
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('names the tensor that a shard should hold and does not', async () => {
    const files = new Map<string, Uint8Array>();
    const folder = memoryFolder(files);
    await writeShardedCheckpoint(folder, tensors, { maxShardBytes: 12 });
    const shard = 'model-00001-of-00003.safetensors';
    files.set(
      'model.safetensors.index.json',
      new TextEncoder().encode(JSON.stringify({ weight_map: { a: shard, z: shard } })),
    );
    const checkpoint = await openCheckpoint(folder);
    expect([checkpoint.has('a'), checkpoint.has('z'), checkpoint.has('constructor')]).toEqual([
      true,
      false,
      false,
    ]);
    await expect(checkpoint.readF32('z')).rejects.toThrow(/model-00001-of-00003.*no tensor z/);
    await expect(checkpoint.readF32('y')).rejects.toThrow(/no shard holds y/);
  });

  it('says what it looked for when there is nothing', async () => {
    const nothing = openCheckpoint(memoryFolder(new Map()));
    await expect(nothing).rejects.toThrow(/neither model\.safetensors nor pytorch_model\.bin/);
  });
});
