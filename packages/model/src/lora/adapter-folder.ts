import {
  readAdapterFolder,
  writeAdapterFolder,
  type AdapterMatrix,
  type AdapterModule,
  type FolderSink,
  type FolderSource,
} from '@bezoar/formats';
import type { Tensor } from '@bezoar/backend';
import type { CausalLM } from '../causal-lm.ts';
import { uploadLoraAdapter } from './create-lora-adapter.ts';
import type { LoraAdapter } from './lora-adapter.ts';

/** Loads a PEFT adapter folder onto the model's backend. */
export async function loadLoraAdapter(model: CausalLM, folder: FolderSource): Promise<LoraAdapter> {
  const { config, modules, saved } = await readAdapterFolder(folder);
  const { baseModelNameOrPath: _, ...settings } = config;
  return uploadLoraAdapter({
    model,
    config: settings,
    modules: new Map(
      Array.from(modules, ([name, { a, b, magnitude }]) => [
        name,
        { a: a.data, b: b.data, magnitude: magnitude?.data },
      ]),
    ),
    saved: new Map([...saved].map(([name, { data }]) => [name, data])),
  });
}

export interface SaveLoraOptions {
  readonly model: CausalLM;
  readonly adapter: LoraAdapter;
  readonly sink: FolderSink;
  /** Written as `base_model_name_or_path`. */
  readonly baseModel?: string;
}

/** Writes the adapter as a folder that PEFT's `from_pretrained` loads. */
export async function saveLoraAdapter({ model, adapter, sink, baseModel }: SaveLoraOptions): Promise<void> {
  const host = async (tensor: Tensor<'f32'>): Promise<AdapterMatrix> => ({
    shape: tensor.shape,
    data: await model.backend.download(tensor),
  });
  const modules = new Map<string, AdapterModule>();
  for (const { name, a, b, dora } of adapter.modules.values()) {
    const magnitude = dora === undefined ? {} : { magnitude: await host(dora.magnitude) };
    modules.set(name, { a: await host(a), b: await host(b), ...magnitude });
  }
  const saved = new Map<string, AdapterMatrix>();
  for (const [name, tensor] of adapter.saved) saved.set(name, await host(tensor));
  await writeAdapterFolder(sink, {
    config: { ...adapter.config, baseModelNameOrPath: baseModel },
    modules,
    saved,
  });
}
