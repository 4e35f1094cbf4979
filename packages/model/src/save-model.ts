import {
  f32ToBf16,
  f32ToF16,
  writeJson,
  writeShardedCheckpoint,
  type FolderSink,
  type SafetensorsDtype,
  type TensorSource,
} from '@bezoar/formats';
import type { CausalLM } from './causal-lm.ts';
import { serializeModelConfig } from './config/serialize-model-config.ts';
import type { FloatType } from './float-type.ts';
import { foldedWeight } from './lora/folded-weight.ts';
import { modelParameters } from './parameters.ts';

export interface SaveModelOptions {
  readonly model: CausalLM;
  readonly sink: FolderSink;
  /** `bfloat16` and `float16` halve the file; `float32` by default. */
  readonly dtype?: FloatType;
  readonly maxShardBytes?: number;
}

const dtypes: Readonly<Record<FloatType, SafetensorsDtype>> = {
  float32: 'F32',
  bfloat16: 'BF16',
  float16: 'F16',
};

/**
 * Writes a Hugging Face model folder: safetensors and `config.json`. NF4 weights are written de-quantised, an adapter is folded in,
 * both one tensor at a time.
 */
export async function saveModel(options: SaveModelOptions): Promise<void> {
  const { model, sink, dtype = 'float32' } = options;
  const sources = [...modelParameters(model)].map(([name, weight]): TensorSource => ({
    name,
    dtype: dtypes[dtype],
    shape: weight.shape,
    async data() {
      const dense = await foldedWeight(model, name);
      const values = await model.backend.download(dense);
      dense.dispose();
      return bytesOf(values, dtype);
    },
  }));
  await writeShardedCheckpoint(sink, sources, {
    metadata: { format: 'pt' },
    ...(options.maxShardBytes === undefined ? {} : { maxShardBytes: options.maxShardBytes }),
  });
  await writeJson(sink, 'config.json', serializeModelConfig(model.config, dtype));
}

function bytesOf(values: Float32Array<ArrayBuffer>, dtype: FloatType): Uint8Array {
  const stored = {
    float32: () => values,
    bfloat16: () => f32ToBf16(values),
    float16: () => f32ToF16(values),
  }[dtype]();
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
