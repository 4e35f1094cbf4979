import { hasDtype, type Weight } from '@bezoar/backend';
import {
  f32ToBf16,
  writeJson,
  writeShardedCheckpoint,
  type FolderSink,
  type TensorSource,
} from '@bezoar/formats';
import type { CausalLM } from './causal-lm.ts';
import { serializeModelConfig } from './config/serialize-model-config.ts';
import { denseCopy } from './dense-copy.ts';
import { modelParameters } from './parameters.ts';

export interface SaveModelOptions {
  readonly model: CausalLM;
  readonly sink: FolderSink;
  /** `bfloat16` halves the file; `float32` by default. */
  readonly dtype?: 'float32' | 'bfloat16';
  readonly maxShardBytes?: number;
}

/** Writes a Hugging Face model folder: safetensors and `config.json`. NF4 weights are written de-quantised. */
export async function saveModel(options: SaveModelOptions): Promise<void> {
  const { model, sink, dtype = 'float32' } = options;
  const sources = [...modelParameters(model)].map(([name, weight]): TensorSource => ({
    name,
    dtype: dtype === 'float32' ? 'F32' : 'BF16',
    shape: weight.shape,
    data: async () => {
      const values = await downloadF32(model, weight);
      return dtype === 'float32' ? bytesOf(values) : bytesOf(f32ToBf16(values));
    },
  }));
  await writeShardedCheckpoint(sink, sources, {
    metadata: { format: 'pt' },
    ...(options.maxShardBytes === undefined ? {} : { maxShardBytes: options.maxShardBytes }),
  });
  await writeJson(sink, 'config.json', serializeModelConfig(model.config, dtype));
}

/** Any weight as dense f32 on the host. */
async function downloadF32(
  { backend }: Pick<CausalLM, 'backend'>,
  weight: Weight,
): Promise<Float32Array<ArrayBuffer>> {
  if (hasDtype(weight, 'f32')) return backend.download(weight);
  const dense = denseCopy(backend, weight);
  const values = await backend.download(dense);
  dense.dispose();
  return values;
}

function bytesOf(values: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
