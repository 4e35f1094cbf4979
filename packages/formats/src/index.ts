export type { Checkpoint } from './checkpoint/checkpoint.ts';
export { openCheckpoint } from './checkpoint/open-checkpoint.ts';
export type { FileSource, FolderSink, FolderSource } from './file-source.ts';
export { ggufTensorBytes, ggufTensorTypes, type GgufTensorType } from './gguf/gguf-tensor-type.ts';
export type { GgufArray, GgufMetadata, GgufNumberType, GgufScalar, GgufValue } from './gguf/gguf-value.ts';
export { openGguf, type GgufFile, type GgufTensorInfo } from './gguf/open-gguf.ts';
export { writeGguf, type GgufContent, type GgufTensorSource } from './gguf/write-gguf.ts';
export { readBytes, readJson, readText, writeJson } from './json-file.ts';
export { parseJsonl, type ReadJsonlOptions } from './jsonl/parse-jsonl.ts';
export { readJsonl } from './jsonl/read-jsonl.ts';
export { formatJsonl, writeJsonl } from './jsonl/write-jsonl.ts';
export { memoryFile, memoryFolder } from './memory-folder.ts';
export { columnFeatures, type ColumnFeature } from './parquet/column-features.ts';
export { instructionRowColumns, messagesColumns, preferencePairColumns } from './parquet/parquet-columns.ts';
export type { ParquetColumns, ParquetType } from './parquet/parquet-type.ts';
export { readParquet, streamParquet, type ReadParquetOptions } from './parquet/read-parquet.ts';
export type { Decompressors, ParquetCodec } from './parquet/read-raw-rows.ts';
export { writeParquet, type ParquetContent } from './parquet/write-parquet.ts';
export {
  readAdapterFolder,
  writeAdapterFolder,
  type AdapterFolder,
  type AdapterMatrix,
  type AdapterModule,
} from './peft/adapter-folder.ts';
export type {
  AdapterFolderConfig,
  AdapterSettings,
  ModulePattern,
  ModuleSelector,
} from './peft/adapter-settings.ts';
export {
  isAllLinear,
  matchesSelector,
  moduleRank,
  moduleScale,
  patternValue,
  savesModule,
  selectsModule,
} from './peft/select-modules.ts';
export {
  parseHhRlhf,
  preferenceRowSchema,
  toPreferencePairs,
  type HhProblem,
  type HhRlhfRow,
  type PreferencePairs,
  type PairOptions,
  type PreferenceRow,
} from './preferences/preference-rows.ts';
export {
  ratedRowSchema,
  toRatedCompletions,
  type RatedCompletions,
  type RatedRow,
} from './preferences/rated-rows.ts';
export { bf16ToF32, bytesToF32, f16ToF32, f32ToBf16, f32ToF16 } from './safetensors/convert.ts';
export { safetensorsDtypes, type SafetensorsDtype } from './safetensors/dtypes.ts';

export { openSafetensors, type SafetensorsFile, type TensorInfo } from './safetensors/open-safetensors.ts';
export {
  writeSafetensors,
  type SafetensorsContent,
  type TensorSource,
} from './safetensors/write-safetensors.ts';
export { writeShardedCheckpoint, type ShardOptions } from './safetensors/write-sharded-checkpoint.ts';
export {
  tensorboardHeader,
  tensorboardScalars,
  type TensorboardScalars,
} from './tensorboard/tensorboard-events.ts';
export { openTorchFile } from './torch/open-torch-file.ts';
export { trainingRowSchema, type TrainingRow } from './training-rows/training-row.ts';
export type { TrainingTurn } from './training-rows/turns.ts';
