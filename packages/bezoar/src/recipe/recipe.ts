import type { EvolOperation, FlanCollection } from '@bezoar/datagen';
import type { Rubric } from '@bezoar/judge';
import type { ModelPrice, PriceTable, RateLimits } from '@bezoar/llm';
import type { GgufTensorType } from '@bezoar/formats';
import type { FloatType, LoraConfig, WeightFormat } from '@bezoar/model';
import type { BosMode } from '@bezoar/eval';
import type { DpoConfig, KtoConfig } from '@bezoar/dpo';
import type { SftConfig } from '@bezoar/qlora';
import type { PublishChoice } from './publish-choice.ts';

/** A whole post-training run as data: what `bezoar run` reads from YAML. Paths are relative to the recipe file. */
export interface Recipe {
  readonly name: string;
  readonly seed: number;
  /** Hugging Face folder of the base model; needed as soon as a stage uses a local model. */
  readonly base?: string | undefined;
  /** PEFT folder of an adapter that the base model has from the start. */
  readonly adapter?: string | undefined;
  readonly weights: WeightFormat;
  readonly backend: BackendChoice;
  /** For models given as a plain string: any server that speaks the provider's protocol. */
  readonly baseURL?: string | undefined;
  readonly models: Readonly<Record<string, ChatModelChoice>>;
  /** `redis://host:6379`: calls are made by the workers (`bezoar worker`) that serve this queue, on any machine. */
  readonly queue?: string | undefined;
  /** US dollars that the run may spend on chat models, earlier runs in the same folder included. */
  readonly budget?: number | undefined;
  /** US dollars for a million tokens, by model: over the list prices that are known. */
  readonly prices?: PriceTable | undefined;
  readonly lora: LoraChoice;
  /** For the cards of the data sets that the run makes. */
  readonly dataset: DatasetChoice;
  /** How rows become text: the same for training, preferences and evaluation. */
  readonly template: TemplateChoice;
  /** Defaults of every training stage. */
  readonly training: TrainingSettings;
  /** What trainings write beside `events.jsonl`. */
  readonly logs: LogChoice;
  /** In the order in which they run. */
  readonly stages: Readonly<Record<string, Stage>>;
  /** What `bezoar publish` puts on the Hub. No stage reads it: a run publishes nothing. */
  readonly publish?: PublishChoice | undefined;
  readonly expect: readonly Expectation[];
}

export interface TemplateChoice {
  readonly kind: 'openbezoar' | 'alpaca' | 'chat';
  /** For rows that have no system text of their own. */
  readonly system?: string | undefined;
  /** A Jinja file; the base model's own chat template by default. */
  readonly chatTemplate?: string | undefined;
  /** Which of the assistant's turns are learnt; all by default. */
  readonly train?: 'all' | 'last' | undefined;
  /** `2026-01-31`: what a chat template is told that asks for the date. */
  readonly date?: string | undefined;
}

export interface LogChoice {
  /** Event files for TensorBoard, in `tensorboard/STAGE`. */
  readonly tensorboard: boolean;
  /** History and summary with the keys of Weights & Biases, in `wandb/STAGE`. */
  readonly wandb: boolean;
}

export interface DatasetChoice {
  /** The Hub's identifier: `apache-2.0`, `cc-by-sa-3.0`, … */
  readonly license?: string | undefined;
  /** ISO 639-1 codes; English by default. */
  readonly languages?: readonly string[] | undefined;
  /** A paragraph in Markdown. */
  readonly description?: string | undefined;
  /** Where the seeds come from. */
  readonly sources?: readonly DatasetSource[] | undefined;
  /** A Parquet file, under the name that the Hub expects, beside the JSON Lines of every stage. */
  readonly parquet?: boolean | undefined;
}

export interface DatasetSource {
  readonly name: string;
  readonly license: string;
  readonly url?: string | undefined;
  /** On the Hub: `databricks/databricks-dolly-15k`. */
  readonly hubId?: string | undefined;
}

export interface BackendChoice {
  readonly kind: 'cpu' | 'cuda' | 'gpujs' | 'reference';
  /** Of the CPU. */
  readonly threads?: number | undefined;
  /** Number of the GPU. */
  readonly device?: number | undefined;
  readonly precision?: 'f32' | 'bf16' | undefined;
  /** How gpu.js runs. */
  readonly mode?: 'auto' | 'headlessgl' | 'webasm' | 'cpu' | undefined;
  /** Of a GPU: NF4 weights are decoded once and kept, or before every product; `auto`, the default, keeps them where the plan has the memory. */
  readonly decodedWeights?: 'auto' | 'keep' | 'again' | undefined;
  /** What multiplies bf16 operands on a GPU: own kernels (default), those for Hopper, cuBLASLt, or that where it is found. */
  readonly gemm?: 'own' | 'wgmma' | 'auto' | 'cublaslt' | undefined;
  /** Trains on a GPU that has less memory free than is planned. */
  readonly ignoreMemory?: boolean | undefined;
}

/** Limits that are left out are learnt from what the provider says. */
export interface ChatModelChoice extends RateLimits {
  /** `openai:gpt-4o-mini`, `anthropic:claude-2.1`, `script:./teacher.ts` */
  readonly model: string;
  readonly baseURL?: string | undefined;
  /** Name of the environment variable that holds the key. */
  readonly apiKeyEnv?: string | undefined;
  /** For models that the table of prices does not know. */
  readonly price?: ModelPrice | undefined;
  /** Makes the calls in batches: half the price, up to a day. */
  readonly batch?: boolean | undefined;
}

/** The settings of fresh adapters. */
export type LoraChoice = LoraConfig;

type Optional<Type> = { readonly [Key in keyof Type]?: Type[Key] | undefined };

/** Settings of a training stage, by the names of `SftConfig` and `DpoConfig`, and how its data is cut. */
export interface TrainingSettings extends Optional<Omit<SftConfig, 'seed'>> {
  /** Tokens of an example; of prompt and completion together in DPO. */
  readonly maxLength?: number | undefined;
  /** DPO: a longer prompt keeps its end. */
  readonly maxPromptLength?: number | undefined;
  /** Share of the rows that is held out for the evaluation loss. */
  readonly evalFraction?: number | undefined;
  /** Steps between two evaluations; only before and after training by default. */
  readonly evalEvery?: number | undefined;
  /** Steps between two saved states. */
  readonly checkpointEvery?: number | undefined;
  /** Takes the first rows only. */
  readonly limit?: number | undefined;
}

/** What every call of a stage to a chat model may set. */
export interface SamplingSettings {
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  /** Calls in flight at the same time. Does not change the result. */
  readonly concurrency?: number | undefined;
}

export interface LaminiStage extends SamplingSettings {
  readonly kind: 'lamini';
  readonly model: string;
  readonly seeds: string;
  readonly count: number;
  /** File with one topic a line; without it the teacher is asked for topics. */
  readonly topics?: string | undefined;
  readonly topicShare?: number | undefined;
  readonly examplesPerPrompt?: number | undefined;
  readonly instructionsPerPrompt?: number | undefined;
  readonly topicsPerPrompt?: number | undefined;
  readonly candidateBudget?: number | undefined;
  readonly duplicateThreshold?: number | undefined;
}

export interface OrcaStage extends SamplingSettings {
  readonly kind: 'orca';
  readonly model: string;
  /** FLAN rows: `inputs`, `targets`, `task_source`. */
  readonly rows: string;
  readonly count?: number | undefined;
  /** Relative share of each sub-collection. */
  readonly shares?: Optional<Record<FlanCollection, number>> | undefined;
  readonly requireAgreement?: boolean | undefined;
}

export interface EvolStage extends SamplingSettings {
  readonly kind: 'evol';
  readonly model: string;
  /** Decides whether an evolution gained information; the rule is off without it. */
  readonly judge?: string | undefined;
  readonly seeds: string;
  readonly rounds?: number | undefined;
  /** How likely each operation is; 0 switches one off. */
  readonly weights?: Optional<Record<EvolOperation, number>> | undefined;
  /** Draw an operation for every row, or one for the whole pool in each round. */
  readonly choice?: 'row' | 'pool' | undefined;
  readonly equalityTries?: number | undefined;
  /** Takes the first seeds only. */
  readonly limit?: number | undefined;
}

export interface FilterStage {
  readonly kind: 'filter';
  /** A stage that makes rows, or a file of rows. */
  readonly rows: string;
  readonly concurrency?: number | undefined;
  readonly judges: readonly string[];
  /** What the judges are asked, where it differs from the usual. */
  readonly rubric?: Optional<Rubric> | undefined;
  readonly threshold?: number | undefined;
  readonly decide?: 'first' | 'all' | 'majority' | undefined;
}

export interface CleanStage {
  readonly kind: 'clean';
  /** A stage that makes rows, or a file of rows. */
  readonly rows: string;
  /** Words of the response. */
  readonly minWords?: number | undefined;
  readonly maxWords?: number | undefined;
  /** ISO 639-1 codes. */
  readonly languages?: readonly string[] | undefined;
  readonly dedupe?: 'exact' | 'rouge-l' | 'minhash' | undefined;
  /** Likeness above which two instructions are one; 0.7 by default. */
  readonly threshold?: number | undefined;
  /** Eval stages, wherever they stand, or files of evaluation documents in the columns of the Hub: no row may repeat one. */
  readonly against?: readonly string[] | undefined;
}

export interface SftStage extends TrainingSettings {
  readonly kind: 'sft';
  readonly from: string;
  /** Instruction rows: a stage, or a file. */
  readonly rows?: string | undefined;
  /** Preference pairs: trains on prompt → chosen. */
  readonly preferences?: string | undefined;
  /** An adapter (the default), or every weight: the stage's model is a folder of its own then. */
  readonly method?: 'lora' | 'full' | undefined;
  /** Of the model that `method: full` writes; `float32` by default. */
  readonly dtype?: FloatType | undefined;
}

/** Settings of the recipe's `training` that DPO has no use for. */
export type SftOnlySetting = 'packing' | 'packLength' | 'neftuneNoiseAlpha';

export interface DpoStage
  extends
    Omit<TrainingSettings, SftOnlySetting>,
    Optional<Pick<DpoConfig, 'beta' | 'labelSmoothing' | 'ipoReduction' | 'simpoGamma' | 'rpoAlpha'>>,
    Optional<Pick<KtoConfig, 'desirableWeight' | 'undesirableWeight'>> {
  readonly kind: 'dpo';
  readonly from: string;
  /** Pairs; for `loss: kto` rated completions, or pairs to make them of. */
  readonly preferences: string;
  readonly loss?: DpoConfig['loss'] | 'kto' | undefined;
  /** What the policy is compared with: `base`, a stage, or a folder of a model or an adapter. Itself with the adapter off by default. */
  readonly reference?: string | undefined;
  /** Computes the reference's log-probabilities before training, and keeps them in a file. */
  readonly precomputeReference?: boolean | undefined;
  /** That file; beside the preferences by default. */
  readonly referenceFile?: string | undefined;
}

export interface MergeStage {
  readonly kind: 'merge';
  readonly from: string;
  /** The base as it was trained on, which is the default, or as its folder holds it. */
  readonly into?: 'dequantised' | 'original' | undefined;
  readonly dtype?: FloatType | undefined;
  /** Rows (a stage, or a file) on which the losses of both ways of merging are measured. */
  readonly rows?: string | undefined;
  /** Takes the first rows only. */
  readonly limit?: number | undefined;
  /** Tokens of a row; 1,024 by default. */
  readonly maxLength?: number | undefined;
}

export interface ExportStage {
  readonly kind: 'export';
  /** A model; its adapter is folded into the base as it was trained on. */
  readonly from: string;
  /** One GGUF file for llama.cpp, or a Hugging Face folder. */
  readonly format: 'gguf' | 'safetensors';
  /** `q8_0` for GGUF and `bf16` for safetensors by default; safetensors are never quantised. */
  readonly type?: GgufTensorType | undefined;
  /** What readers of GGUF show, and its file is called by; the recipe's name by default. */
  readonly name?: string | undefined;
  /** A Jinja file; the model's own by default. */
  readonly chatTemplate?: string | undefined;
  /** Of safetensors; 5 GB by default. */
  readonly maxShardBytes?: number | undefined;
}

export interface EvalStage {
  readonly kind: 'eval';
  /** `base` and stages. */
  readonly models: readonly string[];
  /** Of the recipe's `models`: those behind an API. */
  readonly served?: readonly string[] | undefined;
  /** How served models are asked. `completions` score texts and generate, `chat` generates; the former by default. */
  readonly api?: 'completions' | 'chat' | undefined;
  /** Calls in flight at a time, of served models. */
  readonly concurrency?: number | undefined;
  readonly tasks: readonly TaskChoice[];
  /** Preference pairs for the win rate. */
  readonly preferences?: string | undefined;
  /** Documents per task, pairs likewise. */
  readonly limit?: number | undefined;
  /** Whose version of the tasks. `latest` by default. */
  readonly profile?: 'latest' | 'lm-eval@0.4.0' | undefined;
  /** BOS before prompts. As the profile has it, where one is named; as in training when all tasks use the training template, else as the tokenizer says. */
  readonly bos?: BosMode | undefined;
}

export interface MtBenchStage {
  readonly kind: 'mt-bench';
  /** FastChat's `question.jsonl`, or one like it. */
  readonly questions: string;
  /** Local models that answer: `base`, or stages. */
  readonly models?: readonly string[] | undefined;
  /** Chat models that answer. */
  readonly served?: readonly string[] | undefined;
  /** Files of answers as FastChat writes them. */
  readonly answers?: readonly string[] | undefined;
  /** What local models are called in files and tables, where not by their stage. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  /** The chat model that judges. Without it, and without `judgments`, answers are all that is made. */
  readonly judge?: string | undefined;
  /** A file of judgments, as FastChat writes them, in the place of a judge. */
  readonly judgments?: string | undefined;
  /** Name of the judge's settings; `strict-1` by default. */
  readonly settings?: string | undefined;
  /** FastChat's `judge_prompts.jsonl`; our own prompts by default. */
  readonly prompts?: string | undefined;
  /** Reference answers for math, reasoning and coding. */
  readonly references?: string | undefined;
  readonly mode?: 'single' | 'pairwise-baseline' | 'pairwise-all' | undefined;
  /** Name of the model that the others are compared with. */
  readonly baseline?: string | undefined;
  /** Rows of `lmsys/mt_bench_human_judgments`, to compare the judge with. */
  readonly humanVotes?: string | undefined;
  /** Tokens of an answer; 1,024 by default. */
  readonly maxTokens?: number | undefined;
  /** Takes the first questions only. */
  readonly limit?: number | undefined;
  readonly concurrency?: number | undefined;
}

export interface TaskChoice {
  /** A task, a group of tasks, a task file of LM-Eval-Harness, or `generation` and `multiple-choice`. */
  readonly kind: string;
  readonly name?: string | undefined;
  /** The task's data set on the Hub by default. */
  readonly docs?: string | undefined;
  readonly fewshotDocs?: string | undefined;
  readonly numFewshot?: number | undefined;
  readonly maxNewTokens?: number | undefined;
  /** The text of a task file, once it was read: a changed file is another stage. */
  readonly source?: TaskSource | undefined;
}

export interface TaskSource {
  readonly file: string;
  readonly text: string;
  /** What it includes, by the names that stand there. */
  readonly included: Readonly<Record<string, string>>;
}

export type Stage =
  | LaminiStage
  | OrcaStage
  | EvolStage
  | CleanStage
  | FilterStage
  | SftStage
  | DpoStage
  | MergeStage
  | ExportStage
  | EvalStage
  | MtBenchStage;

export type StageOf<Kind extends Stage['kind']> = Extract<Stage, { readonly kind: Kind }>;

/** `metric` of `better` is at least `by` above that of `than`. */
export interface Expectation {
  /** `task/metric`, or `preference/win_rate`. */
  readonly metric: string;
  readonly better: string;
  readonly than: string;
  readonly by: number;
}
