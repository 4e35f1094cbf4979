export { judgeAgreement, type JudgeAgreement } from './agreement/judge-agreement.ts';
export { filterRows, type FilterOptions, type FilterResult, type Judge } from './filter/filter-rows.ts';
export { fromReleaseRow } from './filter/from-release-row.ts';
export { fromReleaseColumns, toReleaseColumns, type ReleaseColumns } from './filter/release-columns.ts';
export {
  defaultRubric,
  judgeMessages,
  rubricHash,
  verdictSchema,
  type Rubric,
  type Verdict,
} from './filter/rubric.ts';
export {
  buildPreferencePairs,
  type BuildPairsOptions,
  type BuiltPairs,
} from './preferences/build-preference-pairs.ts';
