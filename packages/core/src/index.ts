export { BezoarError, type BezoarErrorOptions, type ErrorCode } from './errors/bezoar-error.ts';
export { describeError } from './errors/describe-error.ts';
export { parseOrThrow, type ParseOptions } from './errors/parse-or-throw.ts';
export { eventsWhile, type JobScope } from './events-while.ts';
export { finishJob } from './finish-job.ts';
export { hashText } from './hash-text.ts';
export { chatMessageSchema, type ChatMessage } from './nouns/chat-message.ts';
export { droppedRowSchema, type DroppedRow } from './nouns/dropped-row.ts';
export { createFunnel, type Funnel } from './nouns/funnel.ts';
export {
  instructionRowSchema,
  lineageSchema,
  type InstructionRow,
  type Lineage,
} from './nouns/instruction-row.ts';
export { judgmentSchema, type Judgment } from './nouns/judgment.ts';
export { preferencePairSchema, type PreferencePair } from './nouns/preference-pair.ts';
export type { RatedCompletion } from './nouns/rated-completion.ts';
export type { RunEvent, TrainStepEvent } from './nouns/run-event.ts';
export { seedSchema, type Seed } from './nouns/seed.ts';
export { createRng, restoreRng, type Rng, type RngState } from './rng.ts';
