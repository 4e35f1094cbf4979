import { BezoarError } from '@bezoar/core';
import type { FileSource } from '../file-source.ts';
import { ggufTensorBytes, ggufTensorTypes, type GgufTensorType } from './gguf-tensor-type.ts';
import { ggufValueTypes, type GgufMetadata, type GgufScalar, type GgufValue } from './gguf-value.ts';
import { decodeTensor } from './tensor-values.ts';
import { aligned, alignmentOf, ggufMagic, ggufVersion } from './write-gguf.ts';

export interface GgufTensorInfo {
  readonly type: GgufTensorType;
  /** Row-major. */
  readonly shape: readonly number[];
}

/** An open GGUF file. Tensors are read one at a time. */
export interface GgufFile {
  readonly metadata: GgufMetadata;
  readonly names: readonly string[];
  /** Throws BezoarError BAD_FILE when there is no such tensor. */
  info(name: string): GgufTensorInfo;
  /** As f32, quantised types decoded. */
  readF32(name: string): Promise<Float32Array<ArrayBuffer>>;
  close(): Promise<void>;
}

interface Entry extends GgufTensorInfo {
  readonly offset: number;
}

interface Header {
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, Entry>;
  readonly length: number;
}

/** What is read at first. Vocabularies need more. */
const firstRead = 2 ** 20;

/**
 * Reads and checks metadata and the list of tensors. Throws BezoarError BAD_FILE when it is no whole GGUF file, UNSUPPORTED for
 * other versions and for tensor types that are not written here.
 */
export async function openGguf(file: FileSource): Promise<GgufFile> {
  const { metadata, tensors, length } = await readHeader(file);
  const dataStart = aligned(length, alignmentOf(metadata));
  const entryOf = (name: string): Entry => {
    const entry = tensors.get(name);
    if (entry === undefined) throw bad(file, `it has no tensor ${name}`);
    return entry;
  };
  for (const [name, { type, shape, offset }] of tensors) {
    if (dataStart + offset + ggufTensorBytes(type, shape) > file.size)
      throw bad(file, `tensor ${name} goes past its end`);
  }
  return {
    metadata,
    names: [...tensors.keys()],
    info: entryOf,
    async readF32(name) {
      const { type, shape, offset } = entryOf(name);
      return decodeTensor(await file.read(dataStart + offset, ggufTensorBytes(type, shape)), type);
    },
    close: () => file.close(),
  };
}

async function readHeader(file: FileSource): Promise<Header> {
  for (let length = Math.min(firstRead, file.size); ; length = Math.min(2 * length, file.size)) {
    const bytes = await file.read(0, length);
    try {
      return parseHeader(file, bytes);
    } catch (error) {
      // The views throw RangeErrors past their end.
      if (!(error instanceof RangeError)) throw error;
      if (length === file.size) throw bad(file, 'it ends within its metadata', error);
    }
  }
}

function parseHeader(file: FileSource, bytes: Uint8Array): Header {
  const reader = createReader(bytes);
  if (reader.u32() !== ggufMagic) throw bad(file, 'it does not begin as one');
  const version = reader.u32();
  if (version !== ggufVersion) throw unsupported(file, `version ${version}`);
  const [tensorCount, valueCount] = [reader.count(), reader.count()];
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < valueCount; i++) {
    const key = reader.string();
    metadata.set(key, readValue(file, reader, key));
  }
  const tensors = new Map<string, Entry>();
  for (let i = 0; i < tensorCount; i++) {
    const name = reader.string();
    const shape = Array.from({ length: Math.min(reader.u32(), 8) }, () => reader.count()).reverse();
    const id = reader.u32();
    const type = Object.entries(ggufTensorTypes).find(([, each]) => each.id === id)?.[0];
    if (type === undefined) throw unsupported(file, `a tensor of type ${id} (${name})`);
    tensors.set(name, { type: type as GgufTensorType, shape, offset: reader.count() });
  }
  return { metadata, tensors, length: reader.position() };
}

interface Reader {
  position(): number;
  u32(): number;
  /** A 64-bit size as a number. */
  count(): number;
  string(): string;
  scalar(type: GgufScalar['type']): GgufScalar['value'];
}

function createReader(bytes: Uint8Array): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const utf8 = new TextDecoder();
  let at = 0;
  const take = (length: number): number => {
    if (at + length > bytes.length) throw new RangeError('past the end');
    return (at += length) - length;
  };
  const u32 = (): number => view.getUint32(take(4), true);
  const count = (): number => Number(view.getBigUint64(take(8), true));
  const string = (): string => {
    const length = count();
    const start = take(length);
    return utf8.decode(bytes.subarray(start, start + length));
  };
  const scalars: Readonly<Record<GgufScalar['type'], () => GgufScalar['value']>> = {
    string,
    bool: () => view.getUint8(take(1)) !== 0,
    u8: () => view.getUint8(take(1)),
    i8: () => view.getInt8(take(1)),
    u16: () => view.getUint16(take(2), true),
    i16: () => view.getInt16(take(2), true),
    u32,
    i32: () => view.getInt32(take(4), true),
    f32: () => view.getFloat32(take(4), true),
    f64: () => view.getFloat64(take(8), true),
    u64: () => view.getBigUint64(take(8), true),
    i64: () => view.getBigInt64(take(8), true),
  };
  return { position: () => at, u32, count, string, scalar: (type) => scalars[type]() };
}

function readValue(file: FileSource, reader: Reader, key: string): GgufValue {
  const type = valueType(file, reader.u32(), key);
  if (type !== 'array') return { type, value: reader.scalar(type) } as GgufScalar;
  const of = valueType(file, reader.u32(), key);
  if (of === 'array') throw unsupported(file, `a list of lists (${key})`);
  const values: GgufScalar['value'][] = [];
  for (let left = reader.count(); left > 0; left--) values.push(reader.scalar(of));
  return { type, of, values } as GgufValue;
}

function valueType(file: FileSource, id: number, key: string): GgufValue['type'] {
  const found = Object.entries(ggufValueTypes).find(([, each]) => each === id)?.[0];
  if (found === undefined) throw bad(file, `${key} has the unknown type ${id}`);
  return found as GgufValue['type'];
}

function bad(file: FileSource, why: string, cause?: unknown): BezoarError {
  return new BezoarError('BAD_FILE', `${file.name} is not a whole GGUF file: ${why}.`, {
    advice: 'Download or write it again.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function unsupported(file: FileSource, what: string): BezoarError {
  return new BezoarError('UNSUPPORTED', `${file.name} has ${what}, which is not read here.`, {
    advice: `Read are version ${ggufVersion} and tensors of ${Object.keys(ggufTensorTypes).join(', ')}.`,
  });
}
