import { BezoarError } from '@bezoar/core';
import { z } from 'zod';
import type { FileSource } from '../file-source.ts';
import { bytesToF32 } from './convert.ts';
import { isSafetensorsDtype, safetensorsDtypes, type SafetensorsDtype } from './dtypes.ts';

export interface TensorInfo {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
}

/** An open safetensors file. Tensors are read one at a time; nothing else is kept in memory. */
export interface SafetensorsFile {
  /** In the order of their data. */
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  has(name: string): boolean;
  /** Throws BezoarError BAD_FILE when there is no such tensor. */
  info(name: string): TensorInfo;
  /** Little-endian bytes, row-major. These three reject with BAD_FILE when there is no such tensor. */
  readRaw(name: string): Promise<Uint8Array>;
  /** F32, F16, BF16 or F64 as f32. UNSUPPORTED for other types. */
  readF32(name: string): Promise<Float32Array<ArrayBuffer>>;
  readInt32(name: string): Promise<Int32Array<ArrayBuffer>>;
  close(): Promise<void>;
}

interface Entry extends TensorInfo {
  readonly start: number;
  readonly end: number;
}

/** The format's own cap. */
const maxHeaderBytes = 100_000_000;

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.number().int().min(0)),
    data_offsets: z.tuple([z.number().int().min(0), z.number().int().min(0)]),
  }),
);

/**
 * Reads and checks the header: 8 bytes of length, JSON, then data from offset 0 in order, without gaps or overlap.
 * Throws BezoarError BAD_FILE that names the file and what is wrong with it.
 */
export async function openSafetensors(file: FileSource): Promise<SafetensorsFile> {
  const { entries, metadata, dataStart } = await readHeader(file);
  const entryOf = (name: string): Entry => {
    const entry = entries.get(name);
    if (entry === undefined) throw bad(file, `it has no tensor ${name}`);
    return entry;
  };
  const readRaw = async (name: string): Promise<Uint8Array> => {
    const { start, end } = entryOf(name);
    return file.read(dataStart + start, end - start);
  };
  return {
    names: [...entries.keys()],
    metadata,
    has: (name) => entries.has(name),
    info: entryOf,
    readRaw,
    readF32: async (name) => bytesToF32(await readRaw(name), entryOf(name).dtype),
    async readInt32(name) {
      const { dtype } = entryOf(name);
      if (dtype !== 'I32') throw bad(file, `tensor ${name} is ${dtype}, I32 was expected`);
      return new Int32Array((await readRaw(name)).slice().buffer);
    },
    close: () => file.close(),
  };
}

interface Header {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly dataStart: number;
}

async function readHeader(file: FileSource): Promise<Header> {
  if (file.size < 8) throw bad(file, `it has only ${file.size} bytes`);
  const prefix = await file.read(0, 8);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (length > maxHeaderBytes || length < 2 || 8 + length > file.size) {
    throw bad(file, `its header claims ${length} bytes`);
  }
  const bytes = await file.read(8, length);
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (cause) {
    throw bad(file, 'its header is not JSON', cause);
  }
  if (typeof json !== 'object' || json === null) throw bad(file, 'its header is not an object');
  if (keysInText(text) !== keysIn(json)) throw bad(file, 'its header names a tensor twice');
  const { __metadata__: metadata, ...tensors } = json as Record<string, unknown>;
  const parsed = headerSchema.safeParse(tensors);
  if (!parsed.success)
    throw bad(file, 'its header has entries without dtype, shape or data_offsets', parsed.error);
  return {
    entries: checkEntries(file, parsed.data, file.size - 8 - length),
    metadata: z
      .record(z.string(), z.string())
      .catch({})
      .parse(metadata ?? {}),
    dataStart: 8 + length,
  };
}

/** Keys in the text of valid JSON, repeated ones too, which JSON.parse drops: strings that a colon follows. */
function keysInText(json: string): number {
  let count = 0;
  for (const [, colon] of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon !== undefined) count++;
  return count;
}

function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((count: number, inner) => count + keysIn(inner), own);
}

function checkEntries(
  file: FileSource,
  header: z.output<typeof headerSchema>,
  dataSize: number,
): Map<string, Entry> {
  const sorted = Object.entries(header).sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  const entries = new Map<string, Entry>();
  let expected = 0;
  for (const [name, { dtype, shape, data_offsets: offsets }] of sorted) {
    const [start, end] = offsets;
    if (!isSafetensorsDtype(dtype)) throw bad(file, `tensor ${name} has the unknown type ${dtype}`);
    if (start !== expected) throw bad(file, `tensor ${name} starts at ${start}, ${expected} was expected`);
    const bytes = shape.reduce((size, dim) => size * dim, safetensorsDtypes[dtype]);
    if (end - start !== bytes)
      throw bad(file, `tensor ${name} has ${end - start} bytes, its shape needs ${bytes}`);
    entries.set(name, { dtype, shape, start, end });
    expected = end;
  }
  if (expected !== dataSize)
    throw bad(file, `it holds ${dataSize} bytes of data, its header describes ${expected}`);
  return entries;
}

function bad(file: FileSource, why: string, cause?: unknown): BezoarError {
  return new BezoarError('BAD_FILE', `${file.name} is not a whole safetensors file: ${why}.`, {
    advice: 'Download or write it again.',
    ...(cause === undefined ? {} : { cause }),
  });
}
