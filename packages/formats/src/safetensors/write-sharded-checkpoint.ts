import type { FolderSink } from '../file-source.ts';
import { writeJson } from '../json-file.ts';
import { tensorBytes, writeSafetensors, type TensorSource } from './write-safetensors.ts';

export interface ShardOptions {
  /** Hugging Face's 5 GB by default. A tensor is never split. */
  readonly maxShardBytes?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

const single = 'model.safetensors';
const index = 'model.safetensors.index.json';

/**
 * Writes `model.safetensors`, or numbered shards with their index when the model is larger than one of them. Where another
 * model stood in the folder, a crash leaves the old one, the new one or none that can be opened, never a mixture.
 */
export async function writeShardedCheckpoint(
  sink: FolderSink,
  tensors: readonly TensorSource[],
  options: ShardOptions = {},
): Promise<void> {
  const { maxShardBytes = 5e9, metadata } = options;
  const shards = split(tensors, maxShardBytes);
  const extra = metadata === undefined ? {} : { metadata };
  if (shards.length === 1) {
    await writeSafetensors(sink, single, { tensors, ...extra });
    await sink.remove(index);
    return;
  }
  // An old index may name shards that are overwritten now.
  await sink.remove(index);
  const weightMap: Record<string, string> = {};
  const number = (n: number): string => String(n).padStart(5, '0');
  for (const [i, shard] of shards.entries()) {
    const name = `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
    await writeSafetensors(sink, name, { tensors: shard, ...extra });
    for (const tensor of shard) weightMap[tensor.name] = name;
  }
  const total = tensors.reduce((size, tensor) => size + tensorBytes(tensor), 0);
  // Last, so that a folder with an index is a whole one.
  await writeJson(sink, index, { metadata: { total_size: total }, weight_map: weightMap });
  await sink.remove(single);
}

function split(tensors: readonly TensorSource[], maxBytes: number): TensorSource[][] {
  const shards: TensorSource[][] = [];
  let size = Infinity;
  for (const tensor of tensors) {
    const bytes = tensorBytes(tensor);
    if (size + bytes > maxBytes) {
      shards.push([]);
      size = 0;
    }
    shards.at(-1)!.push(tensor);
    size += bytes;
  }
  return shards;
}
