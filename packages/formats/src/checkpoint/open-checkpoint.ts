import { BezoarError, parseOrThrow } from '@bezoar/core';
import { z } from 'zod';
import type { FileSource, FolderSource } from '../file-source.ts';
import { readJson } from '../json-file.ts';
import { openSafetensors } from '../safetensors/open-safetensors.ts';
import { openTorchFile } from '../torch/open-torch-file.ts';
import type { Checkpoint } from './checkpoint.ts';

interface Layout {
  readonly single: string;
  readonly index: string;
  readonly open: (file: FileSource) => Promise<Checkpoint>;
}

/** In the order of preference. */
const layouts: readonly Layout[] = [
  { single: 'model.safetensors', index: 'model.safetensors.index.json', open: openSafetensors },
  { single: 'pytorch_model.bin', index: 'pytorch_model.bin.index.json', open: openTorchFile },
];

/**
 * Opens a model folder's weights: safetensors, or torch files where there is nothing else; one file, or the shards that an
 * index names. Throws BezoarError NOT_FOUND (nothing there, or a shard is missing), BAD_FILE, UNSUPPORTED.
 */
export async function openCheckpoint(folder: FolderSource): Promise<Checkpoint> {
  for (const { single, index, open } of layouts) {
    if (await folder.exists(index)) return openShards(folder, { index, open });
    if (await folder.exists(single)) return openOne(await folder.open(single), open);
  }
  // A folder that is not there says so itself.
  await folder.list();
  const names = layouts.map(({ single }) => single).join(' nor ');
  throw new BezoarError('NOT_FOUND', `${folder.name} has no model weights: neither ${names}.`, {
    advice: 'Point to a Hugging Face model folder.',
  });
}

async function openOne(file: FileSource, open: Layout['open']): Promise<Checkpoint> {
  try {
    return await open(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openShards(
  folder: FolderSource,
  { index, open }: Omit<Layout, 'single'>,
): Promise<Checkpoint> {
  const { weight_map: weightMap } = parseOrThrow(
    z.object({ weight_map: z.record(z.string(), z.string()) }),
    await readJson(folder, index),
    { what: `${folder.name}/${index}`, code: 'BAD_FILE' },
  );
  const map = new Map(Object.entries(weightMap));
  const shards = new Map<string, Checkpoint>();
  const close = async (): Promise<void> => {
    for (const shard of shards.values()) await shard.close();
  };
  try {
    for (const name of new Set(map.values())) {
      if (!(await folder.exists(name))) {
        throw new BezoarError('NOT_FOUND', `${folder.name}: the shard ${name} is missing.`, {
          advice: 'Download the rest of the model.',
        });
      }
      shards.set(name, await openOne(await folder.open(name), open));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const shardOf = (tensor: string): Checkpoint => {
    const shard = shards.get(map.get(tensor) ?? '');
    if (shard === undefined) throw new BezoarError('BAD_FILE', `${folder.name}: no shard holds ${tensor}.`);
    return shard;
  };
  return {
    names: [...map.keys()],
    metadata: [...shards.values()][0]?.metadata ?? {},
    has: (name) => map.has(name) && shardOf(name).has(name),
    info: (name) => shardOf(name).info(name),
    readRaw: async (name) => shardOf(name).readRaw(name),
    readF32: async (name) => shardOf(name).readF32(name),
    close,
  };
}
