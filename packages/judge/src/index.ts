export { cohenKappa, type PairAgreement } from './agreement/cohen-kappa.ts';
export { judgeAgreement, type JudgeAgreement } from './agreement/judge-agreement.ts';
export { krippendorffAlpha, type KrippendorffOptions } from './agreement/krippendorff-alpha.ts';
export { filterRows, type FilterOptions, type FilterResult, type Judge } from './filter/filter-rows.ts';
export { fromReleaseRow } from './filter/from-release-row.ts';
export { fromReleaseColumns, toReleaseColumns, type ReleaseColumns } from './filter/release-columns.ts';
export { compareAnswers, type CompareAnswersOptions } from './pairwise/compare-answers.ts';
export { comparePairs, type ComparedPairs, type ComparePairsOptions } from './pairwise/compare-pairs.ts';
export { combineGames, type Comparison, type Game, type Winner } from './pairwise/comparison.ts';
export {
  defaultPairCriteria,
  pairMessages,
  pairVerdictSchema,
  type AnswerPair,
  type PairVerdict,
  type ShownPair,
} from './pairwise/pair-prompt.ts';
export { positionReport, type PositionReport } from './pairwise/position-report.ts';
export {
  buildComparedPairs,
  type BuiltComparedPairs,
  type ComparedPairsOptions,
} from './preferences/build-compared-pairs.ts';
export {
  buildPreferencePairs,
  type BuildPairsOptions,
  type BuiltPairs,
} from './preferences/build-preference-pairs.ts';
export { rateAnswer, type RateAnswerOptions } from './rubric/rate-answer.ts';
export {
  defaultRubric,
  judgeMessages,
  rubricHash,
  verdictSchema,
  type JudgedAnswer,
  type Rubric,
  type Verdict,
} from './rubric/rubric.ts';
