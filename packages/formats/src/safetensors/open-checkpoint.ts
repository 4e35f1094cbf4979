import { BezoarError, parseOrThrow } from '@bezoar/core';
import { z } from 'zod';
import type { FolderSource } from '../file-source.ts';
import { readJson } from '../json-file.ts';
import { openSafetensors, type SafetensorsFile } from './open-safetensors.ts';

/** A model's weights, in one file or sharded. */
export type Checkpoint = Omit<SafetensorsFile, 'readInt32'>;

const single = 'model.safetensors';
const index = 'model.safetensors.index.json';

/**
 * Opens `model.safetensors`, or the shards that `model.safetensors.index.json` names.
 * Throws BezoarError NOT_FOUND (nothing there, or a shard is missing), UNSUPPORTED (only torch .bin files), BAD_FILE.
 */
export async function openCheckpoint(folder: FolderSource): Promise<Checkpoint> {
  if (await folder.exists(index)) return openShards(folder);
  if (await folder.exists(single)) return openSafetensors(await folder.open(single));
  const files = await folder.list();
  if (files.some((name) => /^pytorch_model.*\.bin/.test(name))) {
    throw new BezoarError('UNSUPPORTED', `${folder.name} has its weights as torch .bin files only.`, {
      advice: 'Use a revision with safetensors files, or convert them.',
    });
  }
  throw new BezoarError('NOT_FOUND', `${folder.name} has no model weights: neither ${single} nor ${index}.`, {
    advice: 'Point to a Hugging Face model folder.',
  });
}

async function openShards(folder: FolderSource): Promise<Checkpoint> {
  const { weight_map: map } = parseOrThrow(
    z.object({ weight_map: z.record(z.string(), z.string()) }),
    await readJson(folder, index),
    { what: `${folder.name}/${index}`, code: 'BAD_FILE' },
  );
  const shards = new Map<string, SafetensorsFile>();
  for (const name of new Set(Object.values(map))) {
    if (!(await folder.exists(name))) {
      throw new BezoarError('NOT_FOUND', `${folder.name}: the shard ${name} is missing.`, {
        advice: 'Download the rest of the model.',
      });
    }
    shards.set(name, await openSafetensors(await folder.open(name)));
  }
  const shardOf = (tensor: string): SafetensorsFile => {
    const shard = shards.get(map[tensor] ?? '');
    if (shard === undefined) throw new BezoarError('BAD_FILE', `${folder.name}: no shard holds ${tensor}.`);
    return shard;
  };
  return {
    names: Object.keys(map),
    metadata: [...shards.values()][0]?.metadata ?? {},
    has: (name) => map[name] !== undefined && shardOf(name).has(name),
    info: (name) => shardOf(name).info(name),
    readRaw: (name) => shardOf(name).readRaw(name),
    readF32: (name) => shardOf(name).readF32(name),
    async close() {
      for (const shard of shards.values()) await shard.close();
    },
  };
}
