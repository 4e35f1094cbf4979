export { cohenKappa, type PairAgreement } from './agreement/cohen-kappa.ts';
export { judgeAgreement, type JudgeAgreement } from './agreement/judge-agreement.ts';
export { krippendorffAlpha, type KrippendorffOptions } from './agreement/krippendorff-alpha.ts';
export { filterRows, type FilterOptions, type FilterResult, type Judge } from './filter/filter-rows.ts';
export { fromReleaseRow } from './filter/from-release-row.ts';
export { fromReleaseColumns, toReleaseColumns, type ReleaseColumns } from './filter/release-columns.ts';
export {
  indexAnswers,
  mtBenchAnswerSchema,
  type AnswerIndex,
  type MtBenchAnswer,
} from './mt-bench/files/answer.ts';
export {
  dropRepeats,
  isMissing,
  judgmentKey,
  pairJudgmentSchema,
  singleJudgmentSchema,
  type MissingVerdict,
  type PairJudgment,
  type PairWinner,
  type SingleJudgment,
} from './mt-bench/files/judgment.ts';
export { knownMtBenchFile, type KnownFile } from './mt-bench/files/known-files.ts';
export { checkQuestions, mtBenchQuestionSchema, type MtBenchQuestion } from './mt-bench/files/question.ts';
export {
  answerQuestions,
  mtBenchTemperatures,
  type AnsweredQuestions,
  type AnswerQuestionsOptions,
  type UnansweredQuestion,
} from './mt-bench/jobs/answer-questions.ts';
export type { JudgeOptions, MtBenchJudge } from './mt-bench/jobs/judge-options.ts';
export { judgePairwise, type JudgePairwiseOptions } from './mt-bench/jobs/judge-pairwise.ts';
export { judgeSingle } from './mt-bench/jobs/judge-single.ts';
export { findJudgeSettings, judgeSettings, type JudgeSettings } from './mt-bench/judge-settings.ts';
export { defaultJudgePrompts } from './mt-bench/prompts/default-prompts.ts';
export { judgePromptSchema, type JudgePrompt } from './mt-bench/prompts/judge-prompt.ts';
export { fastChatPromptSet, type PromptSet, type TurnPrompts } from './mt-bench/prompts/prompt-set.ts';
export type { MarkReading } from './mt-bench/prompts/read-verdict.ts';
export {
  humanAgreement,
  humanVoteSchema,
  type HumanAgreement,
  type HumanAgreementOptions,
  type HumanVote,
  type TurnAgreement,
} from './mt-bench/scores/human-agreement.ts';
export type { ModelScores } from './mt-bench/scores/model-scores.ts';
export { pairReport, type PairReport } from './mt-bench/scores/pair-report.ts';
export { pairTable, type PairTableOptions, type PairTableRow } from './mt-bench/scores/pair-table.ts';
export {
  radarPlot,
  type RadarPalette,
  type RadarPlotOptions,
  type RadarSeries,
} from './mt-bench/scores/radar-plot.ts';
export type { ScoreCell } from './mt-bench/scores/score-cell.ts';
export { singleReport, type ReportOptions, type SingleReport } from './mt-bench/scores/single-report.ts';
export { singleTable, type SingleTableRow } from './mt-bench/scores/single-table.ts';
export { agreementToMarkdown, toMarkdown, type ReportNotes } from './mt-bench/scores/to-markdown.ts';
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
