export { cutExample, encodeExample, type EncodedExample, type EncodeOptions } from './data/encode-example.ts';
export { trainingPrint, type TrainingPrintOptions } from './train/training-print.ts';
export {
  defaultSystem,
  renderInstructionRow,
  renderPrompt,
  type PromptParts,
  type TextSpan,
} from './data/prompt-template.ts';
export { packExamples, type PackOptions } from './data/pack-examples.ts';
export { alpacaTemplate } from './data/templates/alpaca-template.ts';
export { chatPromptTemplate, type ChatPromptTemplateOptions } from './data/templates/chat-prompt-template.ts';
export type { TrainedTurns } from './data/templates/chat-spans.ts';
export { openbezoarTemplate, type InstructionTemplateOptions } from './data/templates/openbezoar-template.ts';
export type {
  PromptRequest,
  PromptTemplate,
  RenderedAnswer,
  RenderedRow,
  SpanEncoding,
} from './data/templates/prompt-template.ts';
export type { MemoryKind, MemoryPlan } from './plan/memory-plan.ts';
export { plannedSequence, planSftMemory, type PlanSftOptions } from './plan/plan-sft-memory.ts';
export {
  planTrainingMemory,
  type PlannedLoop,
  type PlannedWork,
  type PlanTrainingOptions,
} from './plan/plan-training-memory.ts';
export { trainingFlops, type TrainingFlops, type TrainingFlopsOptions } from './plan/training-flops.ts';
export { planBatches, type BatchPlan, type BatchPlanOptions } from './train/batch-plan.ts';
export type { BestEvaluation, BestModel, BestModelConfig, BestModelState } from './train/best-model.ts';
export { evaluateLoss, type EvaluateLossOptions } from './train/evaluate-loss.ts';
export { largestPass } from './train/largest-pass.ts';
export {
  learningRateAt,
  warmupSteps,
  type ScheduleConfig,
  type ScheduleName,
} from './train/learning-rate.ts';
export {
  createAdamW,
  defaultAdamW,
  type AdamWConfig,
  type AdamWState,
  type CreateAdamWOptions,
  type Optimizer,
  type OptimizerName,
} from './train/optimizer.ts';
export type { AdamWSlot } from './train/moments.ts';
export {
  runTraining,
  type RunTrainingOptions,
  type StepOutcome,
  type TrainingControls,
  type TrainResult,
} from './train/run-training.ts';
export {
  defaultSft,
  stepGradients,
  trainSft,
  type SftConfig,
  type StepOptions,
  type StepResult,
  type TrainSftOptions,
} from './train/train-sft.ts';
export {
  adapterTrainable,
  fullTrainable,
  type Trainable,
  type TrainableParameter,
} from './train/trainable.ts';
export {
  loadTrainingState,
  saveTrainingState,
  stateFile,
  type LoadStateOptions,
  type SaveStateOptions,
} from './train/training-state.ts';
