import {
  ggufTensorTypes,
  writeGguf,
  type FolderSink,
  type FolderSource,
  type GgufTensorSource,
  type GgufTensorType,
  type GgufValue,
} from '@bezoar/formats';
import { ropeFactors } from '../config/rope-tables.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { parameterSpecs, type ParameterSpec } from '../parameter-specs.ts';
import type { WeightSource } from '../weights/weight-source.ts';
import { ggufArchitecture, ggufModelMetadata } from './gguf-model-metadata.ts';
import { ggufName } from './gguf-names.ts';
import { ggufTokenizerMetadata } from './gguf-tokenizer-metadata.ts';
import { interleaveRotary } from './interleave-rotary.ts';

export interface ExportGgufOptions {
  readonly weights: WeightSource;
  /** The model folder whose tokenizer and chat template go into the file. */
  readonly folder: FolderSource;
  readonly sink: FolderSink;
  /**
   * What matrices are stored in; vectors stay f32. With `q4_0`, embeddings and head are `q8_0`, which costs little and matters
   * most. A matrix whose rows are no multiple of 32 stays f16.
   */
  readonly type: GgufTensorType;
  /** What readers show as the model's name; the file is called NAME-TYPE.gguf. */
  readonly name: string;
  /** Jinja; the folder's own by default. */
  readonly chatTemplate?: string | undefined;
  /** Called after every tensor. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface GgufExport {
  readonly file: string;
  /** Matrices that stayed f16 because of their rows. */
  readonly unquantised: readonly string[];
  /** What llama.cpp will compute otherwise than this engine, in sentences. */
  readonly notes: readonly string[];
}

/** llama.cpp's numbers for `general.file_type`. */
const fileTypes: Readonly<Record<GgufTensorType, number>> = { f32: 0, f16: 1, q4_0: 2, q8_0: 7, bf16: 32 };
/** Of ggml's block formats, which have not changed since. */
const quantizationVersion = 2;

/**
 * Writes one GGUF file that llama.cpp and what is built on it load: weights under its names, with rotary pairs in its order,
 * vocabulary, chat template. Tensor by tensor: a whole model is never in memory.
 * Throws BezoarError UNSUPPORTED (a tokenizer that llama.cpp would apply otherwise), BAD_FILE, NOT_FOUND.
 */
export async function exportGguf(options: ExportGgufOptions): Promise<GgufExport> {
  const { weights, folder, sink, type, name, onProgress } = options;
  const { config } = weights;
  const specs = parameterSpecs(config);
  const unquantised: string[] = [];
  const tensors = specs.map((spec, index): GgufTensorSource => {
    const chosen = tensorType(spec, type);
    if (chosen !== wantedType(spec, type)) unquantised.push(spec.name);
    return {
      name: ggufName(spec.name),
      type: chosen,
      shape: spec.shape,
      async values() {
        const values = ordered(await weights.read(spec.name), spec, config);
        onProgress?.(index + 1, specs.length);
        return values;
      },
    };
  });
  const file = `${name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')}-${type.toUpperCase()}.gguf`;
  await writeGguf(sink, file, {
    metadata: new Map<string, GgufValue>([
      ['general.architecture', { type: 'string', value: ggufArchitecture(config) }],
      ['general.type', { type: 'string', value: 'model' }],
      ['general.name', { type: 'string', value: name }],
      ['general.file_type', { type: 'u32', value: fileTypes[type] }],
      ['general.quantization_version', { type: 'u32', value: quantizationVersion }],
      ...ggufModelMetadata(config),
      ...(await ggufTokenizerMetadata({ folder, config, chatTemplate: options.chatTemplate })),
    ]),
    tensors: [...ropeTensor(config), ...tensors],
  });
  return { file, unquantised, notes: notesOn(config) };
}

function wantedType({ role }: ParameterSpec, type: GgufTensorType): GgufTensorType {
  if (role === 'norm' || role === 'bias') return 'f32';
  return type === 'q4_0' && role !== 'linear' ? 'q8_0' : type;
}

function tensorType(spec: ParameterSpec, type: GgufTensorType): GgufTensorType {
  const wanted = wantedType(spec, type);
  return spec.shape.at(-1)! % ggufTensorTypes[wanted].block === 0 ? wanted : 'f16';
}

/** Queries and keys in the order of the architecture's kernel. */
function ordered(values: Float32Array, { name, shape }: ParameterSpec, config: ModelConfig): Float32Array {
  const which = /\.self_attn\.([qk])_proj\./.exec(name)?.[1];
  if (which === undefined || ggufArchitecture(config) !== 'llama') return values;
  const heads = which === 'q' ? config.numHeads : config.numKvHeads;
  return interleaveRotary(values, { heads, width: shape[1] ?? 1 });
}

/** llama3's rope scaling: what each frequency is divided by. */
function ropeTensor(config: ModelConfig): GgufTensorSource[] {
  if (config.rope.scaling.type !== 'llama3') return [];
  const factors = ropeFactors(config);
  return [{ name: 'rope_freqs.weight', type: 'f32', shape: [factors.length], values: () => factors }];
}

function notesOn({ slidingWindow, maxPositionEmbeddings }: ModelConfig): string[] {
  return slidingWindow === undefined || slidingWindow >= maxPositionEmbeddings
    ? []
    : [
        `Attention reaches back ${slidingWindow} tokens here, but without limit in llama.cpp: stay below that length.`,
      ];
}
