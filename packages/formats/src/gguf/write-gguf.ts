import { BezoarError } from '@bezoar/core';
import type { FolderSink } from '../file-source.ts';
import { createByteWriter, type ByteWriter } from './byte-writer.ts';
import { ggufTensorBytes, ggufTensorTypes, type GgufTensorType } from './gguf-tensor-type.ts';
import {
  ggufValueTypes,
  type GgufMetadata,
  type GgufNumberType,
  type GgufScalar,
  type GgufValue,
} from './gguf-value.ts';
import { encodeTensor } from './tensor-values.ts';

/** A tensor to write; its values are asked for when their turn comes, so that a large model never sits in memory whole. */
export interface GgufTensorSource {
  readonly name: string;
  readonly type: GgufTensorType;
  /** Row-major as everywhere here; the file lists the dimensions the other way round. */
  readonly shape: readonly number[];
  readonly values: () => Float32Array | Promise<Float32Array>;
}

export interface GgufContent {
  /** `general.alignment` is 32 unless it says otherwise. */
  readonly metadata: GgufMetadata;
  readonly tensors: readonly GgufTensorSource[];
}

export const ggufMagic = 0x46554747;
export const ggufVersion = 3;
const usualAlignment = 32;
/** What readers reserve for a name, with the zero behind it, and the most dimensions they know. */
const maxNameBytes = 63;
const maxDimensions = 4;

/**
 * Writes a GGUF file, version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): metadata, the list of tensors, their
 * data in order. Throws BezoarError BAD_INPUT on what no reader would take: repeated or long names, rows that are no
 * whole blocks, values that are not finite.
 */
export async function writeGguf(sink: FolderSink, name: string, content: GgufContent): Promise<void> {
  checkTensors(name, content.tensors);
  await sink.write(name, fileChunks(name, content));
}

async function* fileChunks(name: string, { metadata, tensors }: GgufContent): AsyncGenerator<Uint8Array> {
  const alignment = alignmentOf(metadata);
  const header = createByteWriter();
  header.u32(ggufMagic);
  header.u32(ggufVersion);
  header.u64(tensors.length);
  header.u64(metadata.size);
  for (const [key, value] of metadata) {
    header.string(key);
    putValue(header, value);
  }
  let offset = 0;
  for (const { name: tensor, type, shape } of tensors) {
    header.string(tensor);
    header.u32(shape.length);
    for (const dim of shape.toReversed()) header.u64(dim);
    header.u32(ggufTensorTypes[type].id);
    header.u64(offset);
    offset += aligned(ggufTensorBytes(type, shape), alignment);
  }
  header.pad(alignment);
  yield header.bytes();
  for (const tensor of tensors) {
    const values = await tensor.values();
    checkValues(name, tensor, values);
    const bytes = encodeTensor(values, tensor.type);
    yield bytes;
    yield new Uint8Array(aligned(bytes.length, alignment) - bytes.length);
  }
}

/** The alignment that metadata asks for. */
export function alignmentOf(metadata: GgufMetadata): number {
  const value = metadata.get('general.alignment');
  return value?.type === 'u32' && value.value > 0 ? value.value : usualAlignment;
}

export function aligned(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function putValue(writer: ByteWriter, value: GgufValue): void {
  writer.u32(ggufValueTypes[value.type]);
  if (value.type !== 'array') {
    putScalar(writer, value);
    return;
  }
  writer.u32(ggufValueTypes[value.of]);
  writer.u64(value.values.length);
  for (const each of value.values) putScalar(writer, { type: value.of, value: each } as GgufScalar);
}

const setters = {
  u8: { bytes: 1, method: 'setUint8' },
  i8: { bytes: 1, method: 'setInt8' },
  u16: { bytes: 2, method: 'setUint16' },
  i16: { bytes: 2, method: 'setInt16' },
  u32: { bytes: 4, method: 'setUint32' },
  i32: { bytes: 4, method: 'setInt32' },
  f32: { bytes: 4, method: 'setFloat32' },
  f64: { bytes: 8, method: 'setFloat64' },
} as const satisfies Readonly<
  Record<GgufNumberType, { readonly bytes: number; readonly method: keyof DataView }>
>;

function putScalar(writer: ByteWriter, { type, value }: GgufScalar): void {
  if (type === 'string') {
    writer.string(value);
  } else if (type === 'u64' || type === 'i64') {
    writer.u64(BigInt.asUintN(64, value));
  } else {
    const { bytes, method } = setters[type === 'bool' ? 'u8' : type];
    writer.put(bytes, (view, at) => {
      view[method](at, Number(value), true);
    });
  }
}

function checkTensors(file: string, tensors: readonly GgufTensorSource[]): void {
  const names = new Set<string>();
  for (const { name, type, shape } of tensors) {
    const refuse = (why: string): BezoarError =>
      new BezoarError('BAD_INPUT', `${file}: tensor ${name} ${why}.`);
    if (names.has(name)) throw refuse('is there twice');
    names.add(name);
    if (new TextEncoder().encode(name).length > maxNameBytes)
      throw refuse(`has a name of more than ${maxNameBytes} bytes`);
    if (shape.length === 0 || shape.length > maxDimensions) throw refuse(`has ${shape.length} dimensions`);
    const { block } = ggufTensorTypes[type];
    if (shape.at(-1)! % block !== 0)
      throw refuse(`has rows of ${shape.at(-1)}, ${type} stores blocks of ${block}`);
  }
}

function checkValues(file: string, { name, shape }: GgufTensorSource, values: Float32Array): void {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (values.length !== size) {
    throw new BezoarError(
      'BAD_INPUT',
      `${file}: ${name} came with ${values.length} values, its shape needs ${size}.`,
    );
  }
  if (!values.every(Number.isFinite)) {
    throw new BezoarError('BAD_INPUT', `${file}: ${name} holds values that are infinite or no numbers.`, {
      advice: 'The model is broken: look for where its training diverged.',
    });
  }
}
