export { assembleModel, type AssembleOptions } from './assemble-model.ts';
export { withAdapter, type CausalLM, type DecoderLayer, type LinearLayer } from './causal-lm.ts';
export type { ModelConfig, RopeConfig } from './config/model-config.ts';
export { parseModelConfig } from './config/parse-model-config.ts';
export { serializeModelConfig } from './config/serialize-model-config.ts';
export type { FloatType } from './float-type.ts';
export {
  backward,
  forward,
  type BackwardOptions,
  type ForwardOptions,
  type ForwardPass,
} from './forward/forward.ts';
export { headGradient, type GradientSink, type LoraGradients } from './forward/pass-context.ts';
export type { EmbeddingNoise } from './forward/embedding-noise.ts';
export { generateTokens } from './generate/generate-tokens.ts';
export { meanLogits, type MeanLogitsOptions } from './generate/mean-logits.ts';
export { scoreLabels, type LabelScores, type ScoreOptions } from './generate/score-labels.ts';
export { scoreShared, type ScoreSharedOptions } from './generate/score-shared.ts';
export { scoreTokens } from './generate/score-tokens.ts';
export type { GenerateOptions, GenerateResult, ScoreRequest, ScoreResult } from './generate/types.ts';
export { blankModel, type BlankModelOptions } from './blank-model.ts';
export { ggufTokenizerMetadata, type TokenizerMetadataOptions } from './gguf/gguf-tokenizer-metadata.ts';
export { exportGguf, type ExportGgufOptions, type GgufExport } from './gguf/export-gguf.ts';
export { initModel, type InitModelOptions } from './init-model.ts';
export { loadModel, readModelConfig, type LoadModelOptions, type WeightFormat } from './load-model.ts';
export { loadLoraAdapter, saveLoraAdapter, type SaveLoraOptions } from './lora/adapter-folder.ts';
export {
  createLoraAdapter,
  uploadLoraAdapter,
  type CreateLoraOptions,
  type HostLoraModule,
  type UploadLoraOptions,
} from './lora/create-lora-adapter.ts';
export type {
  DoraMagnitudes,
  LoraAdapter,
  LoraConfig,
  LoraDropout,
  LoraModule,
} from './lora/lora-adapter.ts';
export { mergeLora, type MergeOptions } from './lora/merge-lora.ts';
export { modelParameters } from './parameters.ts';
export { parameterSpecs, type ParameterSpec } from './parameter-specs.ts';
export { saveModel, type SaveModelOptions } from './save-model.ts';
export {
  createTokenBatch,
  IGNORED,
  type TokenBatch,
  type TokenBatchOptions,
  type TokenSequence,
} from './token-batch.ts';
export {
  createChatTemplate,
  type ChatPiece,
  type ChatTemplate,
  type ChatTemplateOptions,
  type ConversationTurn,
} from './tokenizer/chat-template.ts';
export { encoderOf } from './tokenizer/encoder-of.ts';
export { loadChatTemplate, type ChatTemplateSource } from './tokenizer/load-chat-template.ts';
export { loadTokenizer } from './tokenizer/load-tokenizer.ts';
export {
  createRenderedText,
  type RenderedText,
  type RenderedTextOptions,
  type SpecialToken,
} from './tokenizer/rendered-text.ts';
export type { Tokenizer } from './tokenizer/tokenizer.ts';
export { trainByteLevelBpe, type TrainBpeOptions } from './tokenizer/train-byte-level-bpe.ts';
export { exportSafetensors, type ExportSafetensorsOptions } from './weights/export-safetensors.ts';
export { modelWeights, openWeights, type FolderWeights, type WeightSource } from './weights/weight-source.ts';
export { createWorkspace, type Workspace } from './workspace.ts';
