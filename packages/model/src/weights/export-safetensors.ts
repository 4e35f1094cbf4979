import {
  f32ToBf16,
  f32ToF16,
  writeJson,
  writeShardedCheckpoint,
  type FolderSink,
  type SafetensorsDtype,
  type TensorSource,
} from '@bezoar/formats';
import { serializeModelConfig } from '../config/serialize-model-config.ts';
import type { FloatType } from '../float-type.ts';
import { parameterSpecs } from '../parameter-specs.ts';
import type { WeightSource } from './weight-source.ts';

export interface ExportSafetensorsOptions {
  readonly weights: WeightSource;
  readonly sink: FolderSink;
  /** `bfloat16` and `float16` halve the file; `float32` by default. */
  readonly dtype?: FloatType;
  /** Hugging Face's 5 GB by default. */
  readonly maxShardBytes?: number;
  /** Called after every tensor. */
  readonly onProgress?: (done: number, total: number) => void;
}

const dtypes: Readonly<Record<FloatType, SafetensorsDtype>> = {
  float32: 'F32',
  bfloat16: 'BF16',
  float16: 'F16',
};

/** Writes a Hugging Face model folder: safetensors, sharded where they are large, and `config.json`, tensor by tensor. */
export async function exportSafetensors(options: ExportSafetensorsOptions): Promise<void> {
  const { weights, sink, dtype = 'float32', maxShardBytes, onProgress } = options;
  const specs = parameterSpecs(weights.config);
  const sources = specs.map(({ name, shape }, index): TensorSource => ({
    name,
    dtype: dtypes[dtype],
    shape,
    async data() {
      const bytes = bytesOf(await weights.read(name), dtype);
      onProgress?.(index + 1, specs.length);
      return bytes;
    },
  }));
  await writeShardedCheckpoint(sink, sources, {
    metadata: { format: 'pt' },
    ...(maxShardBytes === undefined ? {} : { maxShardBytes }),
  });
  await writeJson(sink, 'config.json', serializeModelConfig(weights.config, dtype));
}

function bytesOf(values: Float32Array<ArrayBuffer>, dtype: FloatType): Uint8Array {
  const stored = {
    float32: () => values,
    bfloat16: () => f32ToBf16(values),
    float16: () => f32ToF16(values),
  }[dtype]();
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}
