import type { Backend } from '@bezoar/backend';
import { memoryFolder, type FolderSource } from '@bezoar/formats';
import {
  loadLoraAdapter,
  loadModel,
  loadTokenizer,
  modelParameters,
  saveLoraAdapter,
  withAdapter,
  type CausalLM,
  type LoraAdapter,
  type Tokenizer,
} from '@bezoar/model';

/** A base in NF4, and the adapters that were trained on it. */
export interface LoadedModel {
  readonly name: string;
  readonly folder: FolderSource;
  readonly base: CausalLM;
  readonly tokenizer: Tokenizer;
  readonly parameters: number;
}

export interface LoadOptions {
  readonly folder: FolderSource;
  readonly name: string;
  readonly backend: Backend;
  readonly onProgress: (done: number, total: number) => void;
}

/** The tokenizer first: a folder without one is found out before its weights are read. */
export async function openLoadedModel({
  folder,
  name,
  backend,
  onProgress,
}: LoadOptions): Promise<LoadedModel> {
  const tokenizer = await loadTokenizer(folder);
  const base = await loadModel({ folder, backend, weights: 'nf4-dq', onProgress });
  let parameters = 0;
  for (const { shape } of modelParameters(base).values())
    parameters += shape.reduce((product, size) => product * size, 1);
  return { name, folder, base, tokenizer, parameters };
}

/** A copy on the device: what goes on being trained leaves it as it is. */
export async function copyAdapter(base: CausalLM, adapter: LoraAdapter): Promise<LoraAdapter> {
  const files = memoryFolder(new Map());
  await saveLoraAdapter({ model: withAdapter(base, adapter), adapter, sink: files });
  return loadLoraAdapter(base, files);
}
