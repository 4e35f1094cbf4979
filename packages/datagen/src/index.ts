export { dedupe, dedupeStream, type DedupeDecision, type DedupeOptions } from './dedupe.ts';
export { evolve, type EvolveOptions } from './evol/evolve.ts';
export { defaultWeights, depthMethods, type DepthOperation, type EvolOperation } from './evol/operations.ts';
export { equalityPrompt, evolvePrompt, parseEvolved, scaffoldPhrases } from './evol/prompts.ts';
export type { GenerationResult } from './generation-result.ts';
export { generateLaMini, type LaMiniOptions } from './lamini/generate-lamini.ts';
export { parseInstructions, parseTopics } from './lamini/parse-instructions.ts';
export { exampleGuidedPrompt, responseSystem, topicGuidedPrompt, topicPrompt } from './lamini/prompts.ts';
export { explainWithOrca, type ExplainOptions } from './orca/explain.ts';
export { collectionOf, flanRowSchema, isMultipleChoice, type FlanRow } from './orca/flan-row.ts';
export {
  messagePools,
  multipleChoiceMessages,
  systemMessages,
  type FlanCollection,
} from './orca/system-messages.ts';
export { parseSeeds, seedText } from './parse-seeds.ts';
export type { DuplicateMethod, DuplicateSearch } from './quality/duplicate-finder.ts';
export {
  createMinHashIndex,
  minHashIndexFromBytes,
  type MinHashIndex,
  type MinHashIndexOptions,
  type NearDuplicate,
} from './quality/minhash/minhash-index.ts';
export { createDuplicateIndex, type DuplicateFinding, type DuplicateIndex } from './text/duplicate-index.ts';
export { rougeL, rougeTokens, type RougeScore } from './text/rouge-l.ts';
