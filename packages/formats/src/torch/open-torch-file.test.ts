import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { archive } from '../__fixtures__/torch-archive.ts';
import { openCheckpoint } from '../checkpoint/open-checkpoint.ts';
import { memoryFile, memoryFolder } from '../memory-folder.ts';
import { openTorchFile } from './open-torch-file.ts';

interface Expected {
  readonly shape: number[];
  readonly dtype: string;
  readonly values: number[];
}

const fixture = (name: string): Buffer => readFileSync(new URL(`../__fixtures__/${name}`, import.meta.url));
const bytes = new Uint8Array(fixture('torch-state.bin'));
const expected = JSON.parse(fixture('torch-state.json').toString()) as Record<string, Expected>;
const dtypes: Record<string, string> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };

const open = (content: Uint8Array): ReturnType<typeof openTorchFile> =>
  openTorchFile(memoryFile('weights.bin', content));

/** The same archive with its directory described in ZIP64 fields, as in files above 4 GB. */
function withZip64End(content: Uint8Array): Uint8Array {
  const buffer = Buffer.from(content);
  const at = buffer.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(BigInt(buffer.readUInt16LE(at + 10)), 32);
  record.writeBigUInt64LE(BigInt(buffer.readUInt32LE(at + 12)), 40);
  record.writeBigUInt64LE(BigInt(buffer.readUInt32LE(at + 16)), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(at), 8);
  const end = Buffer.from(buffer.subarray(at));
  end.writeUInt16LE(0xffff, 10);
  end.writeUInt32LE(0xffffffff, 12);
  end.writeUInt32LE(0xffffffff, 16);
  return new Uint8Array(Buffer.concat([buffer.subarray(0, at), record, locator, end]));
}

describe('openTorchFile', () => {
  it.each([
    ['as torch.save wrote it', bytes],
    ['with a ZIP64 directory', withZip64End(bytes)],
  ])('reads every tensor %s: half types, views, shared storage, parameters', async (...[, content]) => {
    const file = await open(content);
    expect([...file.names].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, { shape, dtype, values }] of Object.entries(expected)) {
      expect(file.info(name), name).toMatchObject({ shape, dtype: dtypes[dtype] });
      expect([...(await file.readF32(name))], name).toEqual(values.map(Math.fround));
    }
  });

  it('is what openCheckpoint opens in a folder without safetensors', async () => {
    const checkpoint = await openCheckpoint(memoryFolder(new Map([['pytorch_model.bin', bytes]])));
    expect(checkpoint.has('plain')).toBe(true);
  });

  it('never runs what a pickle names: a class that is no weight is refused by name', async () => {
    const evil = Buffer.concat([
      Buffer.from([0x80, 2]),
      Buffer.from('cposix\nsystem\nX\x04\0\0\0true\x85R.'),
    ]);
    await expect(open(archive({ 'x/data.pkl': evil }))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('posix.system') as string,
    });
  });

  it.each([
    [
      'an opcode that weights do not need',
      archive({ 'x/data.pkl': Uint8Array.of(0x80, 2, 0x93) }),
      'UNSUPPORTED',
      /opcode 0x93/,
    ],
    [
      'a pickle that is cut off',
      archive({ 'x/data.pkl': Uint8Array.of(0x80, 2, 0x58, 9, 0) }),
      'BAD_FILE',
      /cut off/,
    ],
    [
      'a pickle that makes no sense',
      archive({ 'x/data.pkl': Uint8Array.of(0x80, 2, 0x4e, 0x4e, 0x4e, 0x73, 0x2e) }),
      'BAD_FILE',
      /damaged/,
    ],
    [
      'a pickle without tensors',
      archive({ 'x/data.pkl': Uint8Array.of(0x80, 2, 0x7d, 0x2e) }),
      'UNSUPPORTED',
      /no state dict/,
    ],
    ['an archive without a pickle', archive({ 'x/other': Uint8Array.of(1) }), 'BAD_FILE', /no data\.pkl/],
    ['a compressed archive', archive({ 'x/data.pkl': Uint8Array.of(1) }, 8), 'BAD_FILE', /compressed/],
    ['a file that was cut off', bytes.slice(0, -100), 'BAD_FILE', /no directory/],
    ['the form before torch 1.6', Uint8Array.of(0x80, 2, 0x8a, 10), 'UNSUPPORTED', /before 1\.6/],
    ['an empty file', new Uint8Array(), 'BAD_FILE', /no directory/],
  ])('refuses %s', async (...[, content, code, message]) => {
    await expect(open(content)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error,
    );
  });
});
