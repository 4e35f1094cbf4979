import { BezoarError } from '@bezoar/core';
import type { FolderSink } from '../file-source.ts';
import { safetensorsDtypes, type SafetensorsDtype } from './dtypes.ts';

/** A tensor to write; its bytes are asked for when their turn comes, so that a large model never sits in memory whole. */
export interface TensorSource {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly data: () => Uint8Array | Promise<Uint8Array>;
}

export interface SafetensorsContent {
  readonly tensors: readonly TensorSource[];
  /** `{ format: 'pt' }` is what transformers writes and some readers insist on. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Writes one file, tensors in the given order. */
export async function writeSafetensors(
  sink: FolderSink,
  name: string,
  content: SafetensorsContent,
): Promise<void> {
  await sink.write(name, fileChunks(name, content));
}

export function tensorBytes({ dtype, shape }: Pick<TensorSource, 'dtype' | 'shape'>): number {
  return shape.reduce((size, dim) => size * dim, safetensorsDtypes[dtype]);
}

async function* fileChunks(
  name: string,
  { tensors, metadata }: SafetensorsContent,
): AsyncGenerator<Uint8Array> {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  let offset = 0;
  for (const tensor of tensors) {
    if (Object.hasOwn(header, tensor.name))
      throw new BezoarError('BAD_INPUT', `${name}: two tensors are called ${tensor.name}.`);
    const end = offset + tensorBytes(tensor);
    header[tensor.name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Padded with spaces, so that the data starts at a multiple of 8.
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20);
  padded.set(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  yield length;
  yield padded;
  for (const tensor of tensors) {
    const bytes = await tensor.data();
    if (bytes.length !== tensorBytes(tensor)) {
      throw new BezoarError(
        'BAD_INPUT',
        `${name}: ${tensor.name} came with ${bytes.length} bytes, its shape needs ${tensorBytes(tensor)}.`,
      );
    }
    yield bytes;
  }
}
