export { formatPrice } from './card/format-price.ts';
export { funnelTable } from './card/funnel-table.ts';
export { markdownTable } from './card/markdown-table.ts';
export { promptHashes, type Scheme } from './card/prompt-hashes.ts';
export {
  renderDatasetCard,
  type CardCost,
  type CardSource,
  type CardSplit,
  type DatasetCardOptions,
} from './card/render-dataset-card.ts';
export type { YamlMap, YamlValue } from './card/yaml-block.ts';
export { dedupe, dedupeStream, type DedupeDecision, type DedupeOptions } from './dedupe.ts';
export { evolInstruct, evolve, type EvolveOptions } from './evol/evolve.ts';
export { defaultWeights, depthMethods, type DepthOperation, type EvolOperation } from './evol/operations.ts';
export { equalityPrompt, evolvePrompt, parseEvolved, scaffoldPhrases } from './evol/prompts.ts';
export type { GenerationResult } from './generation-result.ts';
export { generateLaMini, laMini, type LaMiniOptions } from './lamini/generate-lamini.ts';
export { parseInstructions, parseTopics } from './lamini/parse-instructions.ts';
export {
  exampleGuidedPrompt,
  responseSystem,
  topicGuidedPrompt,
  topicPrompt,
  type ExampleGuidedPromptOptions,
  type TopicGuidedPromptOptions,
  type TopicPromptOptions,
} from './lamini/prompts.ts';
export type { FlanRows } from './orca/draw-rows.ts';
export { explainWithOrca, orca, type ExplainOptions } from './orca/explain.ts';
export { collectionOf, flanRowSchema, isMultipleChoice, type FlanRow } from './orca/flan-row.ts';
export {
  messagePools,
  multipleChoiceMessages,
  systemMessages,
  type FlanCollection,
} from './orca/system-messages.ts';
export { parseSeeds, seedId, seedText } from './parse-seeds.ts';
export { cleanRows, dedupeStep, type CleanRowsOptions, type CleanRowsResult } from './quality/clean-rows.ts';
export type { CleaningStep } from './quality/cleaning-step.ts';
export {
  createContaminationIndex,
  type Contamination,
  type ContaminationIndex,
  type ContaminationIndexOptions,
} from './quality/contamination/contamination-index.ts';
export {
  decontaminate,
  decontaminateStep,
  type DecontaminateOptions,
} from './quality/contamination/decontaminate.ts';
export type { EvalDocument } from './quality/contamination/eval-document.ts';
export { evalDocuments, evalTexts } from './quality/contamination/eval-documents.ts';
export type { DuplicateMethod, DuplicateSearch } from './quality/duplicate-finder.ts';
export { filterByLength, type LengthLimits } from './quality/filter-by-length.ts';
export { filterByLanguage, type LanguageFilterOptions } from './quality/language/filter-by-language.ts';
export type { LatinLanguage } from './quality/language/function-words.ts';
export { guessLanguage, type LanguageGuess } from './quality/language/guess-language.ts';
export type { Script } from './quality/language/scripts.ts';
export {
  createMinHashIndex,
  minHashIndexFromBytes,
  type MinHashIndex,
  type MinHashIndexOptions,
  type NearDuplicate,
} from './quality/minhash/minhash-index.ts';
export type { RowField } from './quality/row-field.ts';
export { schemeJob, schemeRows, type SchemeListeners, type SchemeStep } from './scheme.ts';
export {
  createDuplicateIndex,
  type DuplicateFinding,
  type DuplicateIndex,
  type DuplicateIndexOptions,
  type DuplicateKind,
} from './text/duplicate-index.ts';
export { rougeL, rougeTokens, type RougeScore } from './text/rouge-l.ts';
