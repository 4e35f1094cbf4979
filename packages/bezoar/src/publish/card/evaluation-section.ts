import { markdownTable } from '@bezoar/datagen';
import { mtBenchType } from '../evaluations/read-mt-bench.ts';
import type { EvaluatedModel } from '../evaluations/read-evaluations.ts';
import type { ScoredMetric, ScoredTask } from '../evaluations/scored-task.ts';
import { hubLink } from './hub-link.ts';
import type { ModelCard } from './model-card.ts';

/** Scores with their standard errors, beside those of the models that were there before. */
export function evaluationSection(card: ModelCard): string[] {
  const { models, standIn } = card.evaluations;
  if (models.length === 0) return [];
  const names = models.map(({ name }) => shortName(name, card));
  const sections = [...taskTable(models, names), ...mtBenchTable(models, names)];
  if (standIn === undefined) return ['## Evaluation', ...sections];
  const published = card.together.get(standIn)?.name;
  const of = published === undefined ? `the stage ${standIn}` : hubLink(published);
  const why = card.form === 'adapter' ? 'has this adapter folded in' : 'has the same weights in another form';
  return ['## Evaluation', `Measured on ${of}, which ${why}.`, ...sections];
}

/** The name of a model's repository, or of the base, where they have one; that of the stage otherwise. */
function shortName(stage: string, { together, root }: ModelCard): string {
  const repo = stage === 'base' ? root : together.get(stage)?.name;
  return repo?.split('/').at(-1) ?? stage;
}

function isMtBench({ dataset }: ScoredTask): boolean {
  return dataset.type === mtBenchType;
}

interface TaskRow {
  readonly cells: string[];
  /** It sums up other tasks. */
  readonly isGroup: boolean;
}

/** More rows than this are folded away where groups sum them up. */
const mostRows = 24;

/** A row for each task, number of shots and metric; a column for each model. */
function taskTable(models: readonly EvaluatedModel[], names: readonly string[]): string[] {
  const found = new Map<string, TaskRow>();
  models.forEach(({ tasks }, column) => {
    for (const { dataset, metrics } of tasks.filter((task) => !isMtBench(task))) {
      const { num_few_shot: shots, tasks: parts } = dataset.args ?? {};
      for (const metric of metrics) {
        const labels = [dataset.name, typeof shots === 'number' ? String(shots) : '–', metric.name];
        const key = JSON.stringify(labels);
        const row = found.get(key) ?? {
          cells: [...labels, ...models.map(() => '–')],
          isGroup: typeof parts === 'number',
        };
        row.cells[labels.length + column] = scoreText(metric, 4);
        found.set(key, row);
      }
    }
  });
  if (found.size === 0) return [];
  const rows = [...found.values()];
  const table = (some: readonly TaskRow[]): string =>
    markdownTable(
      ['task', 'shots', 'metric', ...names],
      some.map(({ cells }) => cells),
    );
  const groups = rows.filter(({ isGroup }) => isGroup);
  const note = 'Values ± standard errors.';
  if (groups.length === 0 || rows.length <= mostRows) return [table(rows), note];
  return [
    table(groups),
    note,
    `<details>\n<summary>All ${rows.length} scores</summary>\n\n${table(rows)}\n\n</details>`,
  ];
}

/** A row for each category, the turns and the average below; what the numbers depend on stands under the table. */
function mtBenchTable(models: readonly EvaluatedModel[], names: readonly string[]): string[] {
  const judged = models.map(({ tasks }) => tasks.find(isMtBench));
  const shown = judged.flatMap((task, column) =>
    task === undefined ? [] : [{ task, name: names[column]! }],
  );
  if (shown.length === 0) return [];
  const last = shown.at(-1)!.task;
  const rows = last.metrics.map(({ name, type }) => {
    const scale = type === 'mt_bench_win_rate' ? 100 : 1;
    const cells = shown.map(({ task }) => {
      const metric = task.metrics.find((each) => each.name === name);
      return metric === undefined ? '–' : scoreText(metric, scale === 1 ? 2 : 1, scale);
    });
    return [name === 'average' ? '**average**' : name, ...cells];
  });
  const { mode, ...facts } = last.dataset.args ?? {};
  const what = mode === 'pairwise' ? 'Share of comparisons won in %, ties count half' : 'Scores from 1 to 10';
  return [
    '### MT-Bench',
    markdownTable(['', ...shown.map(({ name }) => name)], rows),
    `${what}, ± standard errors (bootstrap over questions).`,
    ...list(facts),
  ];
}

function list(facts: Readonly<Record<string, unknown>>): string[] {
  const lines = Object.entries(facts).map(([name, value]) => `- ${name}: ${String(value)}`);
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function scoreText({ value, args }: ScoredMetric, digits: number, scale = 1): string {
  const text = (number: number): string => (scale * number).toFixed(digits);
  return args?.stderr === undefined ? text(value) : `${text(value)} ± ${text(args.stderr)}`;
}
