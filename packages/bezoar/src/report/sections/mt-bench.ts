import { radarPlot } from '@bezoar/judge';
import type { StageSummary } from '../../run/run-summary.ts';
import type { ScoreDifference } from '../../stages/eval-scores.ts';
import type { MtBenchCell, MtBenchModel, MtBenchSummary } from '../../stages/mt-bench-summary.ts';
import { dotChart } from '../charts/dot-chart.ts';
import { differenceText } from '../difference-text.ts';
import { html, type Html } from '../html.ts';
import { numberTable } from '../number-table.ts';
import type { PageSection } from '../render-page.ts';

/** MT-Bench by category and turn: the radar that results are usually shown as, and all numbers with their intervals. */
export function mtBench(stages: readonly StageSummary[]): PageSection | undefined {
  const judged = stages.flatMap(({ id, mtBench: found, scores }) =>
    found === undefined ? [] : [judgedOf({ id, found, differences: scores?.differences ?? [] })],
  );
  if (judged.length === 0) return undefined;
  return {
    id: 'mt-bench',
    title: 'MT-Bench',
    content: html`${judged.map(card)}`,
  };
}

interface Judged {
  readonly id: string;
  readonly found: MtBenchSummary;
  readonly differences: readonly ScoreDifference[];
}

/** The model that the others are compared with stands first. */
function judgedOf({ found, differences, ...rest }: Judged): Judged {
  const baseline = differences[0]?.baseline;
  const isBaseline = ({ model }: MtBenchModel): boolean => model === baseline;
  const others = found.models.filter((each) => !isBaseline(each));
  return {
    ...rest,
    differences,
    found: { ...found, models: [...found.models.filter(isBaseline), ...others] },
  };
}

function card({ id, found, differences }: Judged): Html {
  const { kind, notes, models } = found;
  const axes = [...new Set(models.flatMap(({ categories }) => Object.keys(categories)))];
  const scale =
    kind === 'single' ? 'Scores from 1 to 10.' : 'Adjusted win rates in %: 50 is even with the others.';
  return html`<article class="card">
    <h3>${id}</h3>
    <p class="figures">${scale} Intervals are of 95 %, from a bootstrap over questions.</p>
    <div class="charts bench">
      ${axes.length >= 3 && html`<figure class="chart radar">${radar(found, axes)}</figure>`}
      ${dotChart({
        title: 'Average of all verdicts',
        scale: kind === 'single' ? '1 to 10, higher is better' : '%, higher is better',
        dots: models.flatMap(({ model, average }) => {
          const value = shown(average.score, kind);
          const [low, high] = average.interval.map((end) => shown(end, kind));
          if (value === undefined) return [];
          const interval = low === undefined || high === undefined ? undefined : ([low, high] as const);
          return [{ label: model, value, interval }];
        }),
      })}
    </div>
    ${table(found, axes)} ${differenceTable(differences)}
    <ul class="notes">
      ${notes.map((note) => html`<li>${note}</li>`)} ${models.map(missingNote)}
    </ul>
  </article>`;
}

function radar({ kind, models }: MtBenchSummary, axes: readonly string[]): Html {
  const markup = radarPlot({
    title: kind === 'single' ? 'Mean score by category' : 'Adjusted win rate by category',
    max: kind === 'single' ? 10 : 100,
    axes,
    series: models.map(({ model, categories }) => ({
      name: model,
      values: Object.fromEntries(
        axes.map((axis) => [axis, shown(categories[axis]?.score ?? null, kind) ?? Number.NaN]),
      ),
    })),
    palette: {
      paper: 'none',
      ink: 'var(--ink)',
      grid: 'var(--line)',
      soft: 'var(--soft)',
      lines: [1, 2, 3, 6, 5, 4].map((color) => `var(--c${color})`),
    },
  });
  return { markup };
}

/** Models as columns; under each score those of its two turns. */
function table({ kind, models }: MtBenchSummary, axes: readonly string[]): Html {
  return numberTable({
    label: 'Scores of MT-Bench',
    columns: ['category', ...models.map(({ model }) => model)],
    rows: [
      ...axes.map((axis) => row(axis, models, { kind, of: ({ categories }) => categories[axis] })),
      row('first turn', models, { kind, of: ({ turns }) => turns[0] }),
      row('second turn', models, { kind, of: ({ turns }) => turns[1] }),
      row('average', models, { kind, of: ({ average }) => average }),
    ],
  });
}

const metrics = {
  average: 'average of both turns',
  first_turn: 'first turn',
  second_turn: 'second turn',
} as const;

function differenceTable(differences: readonly ScoreDifference[]): Html {
  if (differences.length === 0) return html``;
  const models = [...new Set(differences.map(({ model }) => model))];
  const find = (model: string, metric: string): ScoreDifference | undefined =>
    differences.find((each) => each.model === model && each.metric === `mt_bench/${metric}`);
  return html`<h3>Differences from ${differences[0]!.baseline}</h3>
    <p class="figures">
      On the turns that the judge has graded of both; a paired bootstrap over questions, p-values adjusted for
      all of them (Holm).
    </p>
    ${numberTable({
      label: 'Differences of MT-Bench scores',
      columns: ['model', ...Object.values(metrics)],
      rows: models.map(
        (model) =>
          html`<tr>
            <th scope="row">${model}</th>
            ${Object.keys(metrics).map((metric) => html`<td>${differenceText(find(model, metric))}</td>`)}
          </tr>`,
      ),
    })}`;
}

type Cell = MtBenchCell & { readonly turns?: readonly [MtBenchCell, MtBenchCell] };

interface RowOptions {
  readonly kind: MtBenchSummary['kind'];
  readonly of: (model: MtBenchModel) => Cell | undefined;
}

function row(name: string, models: readonly MtBenchModel[], { kind, of }: RowOptions): Html {
  return html`<tr>
    <th scope="row">${name}</th>
    ${models.map((model) => {
      const cell = of(model);
      const [low, high] = cell?.interval ?? [];
      return html`<td>
        <b>${text(cell?.score, kind)}</b>
        ${typeof low === 'number' && typeof high === 'number' && html`<small>${text(low, kind)} to ${text(high, kind)}</small>`}
        ${cell?.turns !== undefined && html`<br /><small>turns ${text(cell.turns[0].score, kind)} · ${text(cell.turns[1].score, kind)}</small>`}
      </td>`;
    })}
  </tr>`;
}

function missingNote({ model, average, missing }: MtBenchModel): Html {
  if (average.missing === 0) return html``;
  const reasons = Object.entries(missing).map(([reason, count]) => `${reason} ${count}`);
  return html`<li>
    ${model}: ${average.missing} of ${average.missing + average.judged} verdicts are missing
    (${reasons.join(', ')})
  </li>`;
}

function shown(score: number | null | undefined, kind: MtBenchSummary['kind']): number | undefined {
  if (typeof score !== 'number') return undefined;
  return kind === 'single' ? score : 100 * score;
}

function text(score: number | null | undefined, kind: MtBenchSummary['kind']): string {
  return shown(score, kind)?.toFixed(kind === 'single' ? 2 : 1) ?? '–';
}
