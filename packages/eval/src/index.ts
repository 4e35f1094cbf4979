export type { Answer, AnswerStore } from './answers/answer-store.ts';
export { openAnswerFile } from './answers/open-answer-file.ts';
export { evaluate, type EvaluateOptions } from './evaluate.ts';
export type { TaskInput } from './engine/render-documents.ts';
export {
  compareEvaluations,
  type CompareOptions,
  type ComparisonCell,
  type ComparisonRow,
  type EvaluationComparison,
  type PairedWithBaseline,
} from './compare/compare-evaluations.ts';
export { comparisonTable, isDifferent, metricName } from './compare/comparison-table.ts';
export {
  parseEvaluation,
  type EntryScore,
  type EvaluationEntry,
  type EvaluationFile,
  type ParseEvaluationOptions,
  type SampleLine,
} from './compare/evaluation-file.ts';
export { createPythonRandom, type PythonRandom } from './fewshot/python-random.ts';
export type {
  GenerationRequest,
  LanguageModel,
  LanguageModelCallOptions,
  LoglikelihoodRequest,
  LoglikelihoodResult,
  RollingRequest,
} from './language-model.ts';
export { acc, accBytes, accNorm, mc2, type ChoiceMetric } from './metrics/choice-metrics.ts';
export { higherIsBetter } from './metrics/aggregate.ts';
export { comparePaired, type ComparePairedOptions, type PairedComparison } from './metrics/compare-paired.ts';
export { exactMatch, type ExactMatchOptions } from './metrics/exact-match.ts';
export { holm } from './metrics/holm.ts';
export {
  lastWordOfFirstLine,
  regexFilter,
  wholeReply,
  type RegexFilterOptions,
  type ReplyFilter,
} from './metrics/reply-filters.ts';
export {
  bootstrapInterval,
  clusteredError,
  summarize,
  wilsonInterval,
  type BootstrapOptions,
  type ClusteredError,
  type MetricScore,
  type SummarizeOptions,
} from './metrics/summarize.ts';
export { createApiLanguageModel, type ApiLanguageModelOptions } from './models/create-api-language-model.ts';
export {
  createLocalLanguageModel,
  type LocalLanguageModelOptions,
} from './models/create-local-language-model.ts';
export type { BosMode } from './models/encode-request.ts';
export { parseLmEvalTask } from './lm-eval-yaml/parse-lm-eval-task.ts';
export type { ReadTaskYamlOptions } from './lm-eval-yaml/task-yaml.ts';
export {
  preferenceWinRate,
  type PreferenceWinRate,
  type PreferenceWinRateOptions,
} from './preference-win-rate.ts';
export type {
  EvaluationReport,
  GroupReport,
  Sample,
  SampleScore,
  TaskReport,
} from './report/evaluation-report.ts';
export { toLmEvalResults, type LmEvalResults } from './report/lm-eval-results.ts';
export { toLmEvalSamples, type LmEvalSample } from './report/lm-eval-samples.ts';
export { toModelIndex } from './report/model-index.ts';
export { requestText } from './report/request-text.ts';
export { toMarkdownTable } from './report/to-markdown-table.ts';
export { writeLmEvalFiles, type WriteLmEvalFilesOptions } from './report/write-lm-eval-files.ts';
export { anliR1, anliR2, anliR3 } from './tasks/anli.ts';
export { arcChallenge, arcEasy, arcTask, type ArcTaskOptions } from './tasks/arc.ts';
export { boolq } from './tasks/boolq.ts';
export { builtInGroups, builtInTasks } from './tasks/built-in-tasks.ts';
export { generationTask, type GenerationTaskOptions } from './tasks/generation-task.ts';
export { gsm8kCot } from './tasks/gsm8k-cot.ts';
export { lambadaOpenai, lambadaStandard } from './tasks/lambada.ts';
export { logiqa } from './tasks/logiqa.ts';
export { mmluGroups, mmluTasks } from './tasks/mmlu.ts';
export { openbookqa } from './tasks/openbookqa.ts';
export { piqa } from './tasks/piqa.ts';
export { rte } from './tasks/rte.ts';
export { sciq } from './tasks/sciq.ts';
export { gsm8k, gsm8kTask, type Gsm8kTaskOptions } from './tasks/gsm8k.ts';
export { hellaswag } from './tasks/hellaswag.ts';
export { loglikelihoodTask, type LoglikelihoodTaskOptions } from './tasks/loglikelihood-task.ts';
export { rollingTask, type RollingTaskOptions } from './tasks/rolling-task.ts';
export type { TaskOptions } from './tasks/task-options.ts';
export { taskProfiles, type TaskProfile } from './tasks/task-profiles.ts';
export { tasksOfGroup, type TaskGroup } from './tasks/task-group.ts';
export { multipleChoiceTask, type MultipleChoiceTaskOptions } from './tasks/multiple-choice-task.ts';
export { shortAnswerTask, type ShortAnswerTaskOptions } from './tasks/short-answer-task.ts';
export type { ChoiceItem, GenerationItem, TargetItem, TextItem } from './tasks/item.ts';
export type {
  FewshotRule,
  GenerationTask,
  LoglikelihoodTask,
  MultipleChoiceTask,
  RollingTask,
  Task,
  TaskDataset,
  TaskRules,
} from './tasks/task.ts';
export { truthfulqaMc1, truthfulqaMc2 } from './tasks/truthfulqa.ts';
export { winogrande } from './tasks/winogrande.ts';
