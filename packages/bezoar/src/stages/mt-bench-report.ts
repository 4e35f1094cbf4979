import { BezoarError } from '@bezoar/core';
import { writeJson } from '@bezoar/formats';
import { folderSink, writeJsonlFile } from '@bezoar/formats/node';
import {
  agreementToMarkdown,
  humanAgreement,
  radarPlot,
  toMarkdown,
  type ModelScores,
  type MtBenchAnswer,
  type PairJudgment,
  type PairReport,
  type ScoreCell,
  type SingleJudgment,
  type SingleReport,
} from '@bezoar/judge';
import { join } from 'node:path';
import type { MtBenchStage } from '../recipe/recipe.ts';
import { formatNumber } from '../report/format-number.ts';
import { scoresFileName, type Score } from './eval-scores.ts';
import type { MtBenchInputs } from './mt-bench-inputs.ts';
import { mtBenchDifferences } from './mt-bench-differences.ts';
import { mtBenchSamples } from './mt-bench-samples.ts';
import { mtBenchFileName } from './mt-bench-summary.ts';
import type { StageContext } from './stage-context.ts';

/** What an MT-Bench stage works with. */
export interface MtBenchWork {
  readonly stage: MtBenchStage;
  readonly context: StageContext;
  readonly inputs: MtBenchInputs;
}

export interface Judged {
  readonly judgments: readonly (SingleJudgment | PairJudgment)[];
  readonly report: SingleReport | PairReport;
}

export interface WriteReportsOptions extends Judged {
  readonly answers: readonly MtBenchAnswer[];
  readonly work: MtBenchWork;
}

/** FastChat's file of judgments, and the report as JSON, Markdown, SVG and the scores of the run. */
export async function writeReports({ answers, judgments, report, work }: WriteReportsOptions): Promise<void> {
  const { stage, context, inputs } = work;
  const sink = folderSink(context.out);
  if (stage.judge !== undefined) {
    const kind = report.kind === 'single' ? 'single' : 'pair';
    await writeJsonlFile(join(context.out, 'model_judgment', `${stage.judge}_${kind}.jsonl`), judgments);
  }
  const agreement =
    inputs.votes === undefined ? undefined : humanAgreement({ judgments, votes: inputs.votes });
  const judges = new Set(judgments.map(({ judge: [name] }) => name));
  const notes = [`judge: ${[...judges].join(', ')}${modelOf(work)}`, ...inputs.notes];
  const text = toMarkdown(report, { title: `MT-Bench, ${stage.mode ?? 'single'}`, notes });
  const agreementText =
    agreement === undefined ? '' : `\n## Agreement with people\n\n${agreementToMarkdown(agreement)}`;
  await writeJson(sink, mtBenchFileName, {
    notes,
    ...report,
    ...(agreement === undefined ? {} : { agreement }),
  });
  await sink.write('mt-bench.md', [new TextEncoder().encode(text + agreementText)]);
  await sink.write('radar.svg', [new TextEncoder().encode(radarOf(report))]);
  const names = namesOf(work, report);
  await writeJson(sink, scoresFileName, {
    models: scoresOf(report),
    samples: mtBenchSamples({ questions: inputs.questions, answers, judgments, models: names }),
    differences: report.kind === 'single' ? mtBenchDifferences(judgments, names) : [],
  });
}

/** The model behind the judge's name, and the one that the settings are for where it is another. */
function modelOf({ stage, context, inputs }: MtBenchWork): string {
  if (stage.judge === undefined) return '';
  const { model } = context.recipe.models[stage.judge]!;
  const meant = inputs.settings.model;
  return meant === undefined || meant === model
    ? ` (${model})`
    : ` (${model}; the settings are for ${meant})`;
}

/** In the order in which the stage names its models; those of files after them. */
function namesOf({ stage }: MtBenchWork, { models }: SingleReport | PairReport): string[] {
  const { models: local = [], names = {}, served = [] } = stage;
  const known = new Set(models.map(({ model }) => model));
  const asked = [...local.map((name) => names[name] ?? name), ...served].filter((name) => known.has(name));
  return [...new Set([...asked, ...known])];
}

function radarOf(report: SingleReport | PairReport): string {
  const { models, kind } = report;
  const axes = [...new Set(models.flatMap(({ categories }) => Object.keys(categories)))];
  const percent = kind === 'pairwise';
  return radarPlot({
    title: percent ? 'MT-Bench: adjusted win rate in %' : 'MT-Bench: mean score',
    max: percent ? 100 : 10,
    axes,
    series: models.map(({ model, average, categories }) => ({
      name: average.judged === 0 ? model : `${model} (${shown(average.score, kind)})`,
      values: Object.fromEntries(
        axes.map((axis) => [axis, (categories[axis]?.score ?? NaN) * (percent ? 100 : 1)]),
      ),
    })),
  });
}

function shown(score: number, kind: (SingleReport | PairReport)['kind']): string {
  return kind === 'single' ? score.toFixed(2) : `${(100 * score).toFixed(1)} %`;
}

/** By model, as other evaluations have them: `mt_bench/average`, `mt_bench/first_turn`, `mt_bench/writing`, … */
function scoresOf({ models }: SingleReport | PairReport): Record<string, Record<string, Score>> {
  return Object.fromEntries(
    models.map(({ model, average, turns, categories }) => {
      const cells: [string, ScoreCell][] = [
        ['average', average],
        ['first_turn', turns[0]],
        ['second_turn', turns[1]],
        ...Object.entries(categories),
      ];
      const judged = cells.filter(([, cell]) => cell.judged > 0);
      return [model, Object.fromEntries(judged.map(([name, cell]) => [`mt_bench/${name}`, scoreOf(cell)]))];
    }),
  );
}

function scoreOf({ score, stderr, interval, judged }: ScoreCell): Score {
  return { value: score, ...(Number.isNaN(stderr) ? {} : { stderr, interval }), n: judged };
}

/** By `model/metric`, for the log of events. */
export function reportMetrics(report: SingleReport | PairReport): Record<string, number> {
  return Object.fromEntries(
    Object.entries(scoresOf(report)).flatMap(([model, scores]) =>
      Object.entries(scores).map(([metric, { value }]) => [`${model}/${metric}`, value]),
    ),
  );
}

/** One line for every model that lacks verdicts: how many, why, and what they could change. */
export function missingWarnings({ models, kind }: SingleReport | PairReport): string[] {
  return models
    .filter(({ average }) => average.missing > 0)
    .map(({ model, average: { missing, judged, bounds }, missing: reasons }) => {
      const why = Object.entries(reasons)
        .map(([reason, count]) => `${reason} ${formatNumber(count)}`)
        .join(', ');
      const [worst, best] = bounds.map((bound) => shown(bound, kind));
      return `${model}: ${missing} of ${missing + judged} verdicts are missing (${why}); with them it would be between ${worst} and ${best}`;
    });
}

/** Throws BezoarError PROVIDER_UNAVAILABLE when the judge did not come through for some calls: the next run asks them again. */
export function requireAnsweredCalls({ models }: SingleReport | PairReport, out: string): void {
  const open = models.reduce((sum, { missing }: ModelScores) => sum + (missing.unavailable ?? 0), 0);
  if (open === 0) return;
  throw new BezoarError(
    'PROVIDER_UNAVAILABLE',
    `The judge did not answer in all of its tries: ${open} verdicts are missing. What there is so far stands in ${join(out, 'mt-bench.md')}.`,
    { advice: 'Run the same command again: calls that were answered are not made twice.' },
  );
}
