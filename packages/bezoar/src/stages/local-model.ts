import type { Backend } from '@bezoar/backend';
import { openFolder } from '@bezoar/formats/node';
import {
  loadLoraAdapter,
  loadModel,
  loadTokenizer,
  withAdapter,
  type CausalLM,
  type LoraAdapter,
  type Tokenizer,
  type WeightFormat,
} from '@bezoar/model';
import type { ModelFolders } from './stage-context.ts';

export interface OpenModelOptions extends ModelFolders {
  readonly backend: Backend;
  readonly weights: WeightFormat;
  /** For a model without an adapter on disk. */
  readonly freshAdapter?: (base: CausalLM) => LoraAdapter;
}

export interface LocalModel {
  readonly model: CausalLM;
  readonly tokenizer: Tokenizer;
  dispose(): void;
}

/** Loads a model, its adapter and its tokenizer. Throws BezoarError NOT_FOUND, BAD_FILE or UNSUPPORTED. */
export async function openModel(options: OpenModelOptions): Promise<LocalModel> {
  const { folder, adapter: adapterPath, backend, weights, freshAdapter } = options;
  const source = openFolder(folder);
  const tokenizer = await loadTokenizer(source);
  const base = await loadModel({ folder: source, backend, weights });
  try {
    const adapter =
      adapterPath === undefined ? freshAdapter?.(base) : await loadLoraAdapter(base, openFolder(adapterPath));
    return {
      model: withAdapter(base, adapter),
      tokenizer,
      dispose() {
        adapter?.dispose();
        base.dispose();
      },
    };
  } catch (error) {
    base.dispose();
    throw error;
  }
}
