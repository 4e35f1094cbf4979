export type {
  BatchApi,
  BatchLimits,
  BatchOutcome,
  BatchResult,
  BatchSearch,
  BatchStatus,
  NewBatch,
  SoughtBatch,
} from './batch/batch-api.ts';
export {
  createAnthropicBatchApi,
  type AnthropicBatchApiOptions,
} from './batch/create-anthropic-batch-api.ts';
export { createBatchModel, type BatchModelOptions } from './batch/create-batch-model.ts';
export { createOpenAiBatchApi, type OpenAiBatchApiOptions } from './batch/create-openai-batch-api.ts';
export {
  openBatchJournal,
  type AnsweredLine,
  type BatchJournal,
  type BatchState,
  type JournalBatch,
  type JournalCall,
  type OpenBatchJournalOptions,
} from './batch/open-batch-journal.ts';
export type { CallOptions, ChatModel, ChatRequest, ChatResponse, JsonSchema } from './chat-model.ts';
export { callKey, type CallKeyParts } from './ledger/call-key.ts';
export { findCalls, type FindCallsOptions, type FoundCall } from './ledger/find-calls.ts';
export {
  openLedger,
  type Claim,
  type Ledger,
  type LedgerStats,
  type ModelStats,
  type OpenLedgerOptions,
} from './ledger/open-ledger.ts';
export { withLedger, type WithLedgerOptions } from './ledger/with-ledger.ts';
export { createBudget, type Budget, type BudgetOptions, type BudgetState } from './money/create-budget.ts';
export { defaultPrices, defaultPricesAsOf } from './money/default-prices.ts';
export {
  costOf,
  findPrice,
  parsePriceTable,
  type ModelPrice,
  type PriceTable,
  type TokenUsage,
} from './money/price-table.ts';
export { parseModelSpec, type ModelSpec, type Provider } from './parse-model-spec.ts';
export { createAnthropicModel, type AnthropicModelOptions } from './providers/create-anthropic-model.ts';
export {
  createOpenAiCompletions,
  type CompletionModel,
  type CompletionRequest,
  type OpenAiCompletionsOptions,
  type ScoredText,
  type ScoredToken,
} from './providers/create-openai-completions.ts';
export { createOpenAiModel, type OpenAiModelOptions } from './providers/create-openai-model.ts';
export { createScriptedModel, type ScriptedModelOptions } from './providers/create-scripted-model.ts';
export type { ErrorSubject } from './providers/error-subject.ts';
export type { FailureClass, ProviderFailure } from './providers/failure.ts';
export type { SdkClientOptions } from './providers/sdk-client.ts';
export type { RetryPolicy } from './providers/with-retries.ts';
export type { CallQueue, QueuedCall } from './queue/call-queue.ts';
export { withQueue } from './queue/with-queue.ts';
export {
  completeText,
  type CompleteTextOptions,
  type FailedReply,
  type TextProblem,
  type TextReply,
} from './replies/complete-text.ts';
export type { ReplyProblem } from './replies/reply-problem.ts';
export {
  createRejectionWatch,
  type RejectedRequest,
  type RejectionWatch,
  type RejectionWatchOptions,
} from './replies/create-rejection-watch.ts';
export type { ConcurrencyOptions } from './schedule/adaptive-concurrency.ts';
export type { CircuitOptions, CircuitState } from './schedule/circuit-breaker.ts';
export type { Clock } from './schedule/clock.ts';
export {
  createScheduler,
  type Scheduler,
  type SchedulerOptions,
  type SchedulerState,
} from './schedule/create-scheduler.ts';
export { mapConcurrent, type MapConcurrentOptions } from './schedule/map-concurrent.ts';
export type { LimitKind, LimitState, RateLimitState } from './schedule/rate-limit-state.ts';
export type { RateLimits } from './schedule/rate-windows.ts';
export { withRateLimit, type RateLimitOptions } from './schedule/with-rate-limit.ts';
export { withScheduler } from './schedule/with-scheduler.ts';
export { completeJson, type CompleteJsonOptions, type JsonReply } from './structured/complete-json.ts';
export { extractJson } from './structured/extract-json.ts';
export type { JsonProblem } from './structured/read-json-reply.ts';
