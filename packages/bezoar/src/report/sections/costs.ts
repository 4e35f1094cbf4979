import type { RunSummary, StageSummary } from '../../run/run-summary.ts';
import { formatDollars, formatNumber, formatShare } from '../format-number.ts';
import { html, type Html } from '../html.ts';
import { numberTable } from '../number-table.ts';
import type { PageSection } from '../render-page.ts';

type Line = StageSummary['costs'][number] & { readonly stage: string };

const columns = ['stage', 'model', 'calls', 'from the ledger', 'failed', 'tokens in', 'tokens out', 'cost'];

/** What chat models were asked, by stage and model, over all runs in this folder, and what of the budget that took. */
export function costs({ recipe, stages }: Pick<RunSummary, 'recipe' | 'stages'>): PageSection | undefined {
  const asked = stages.filter(({ costs: own, history }) => own.length > 0 || history.usage !== undefined);
  if (asked.length === 0) return undefined;
  const lines = asked.flatMap(linesOf);
  const total = sumOf(lines, { stage: 'all', model: '' });
  const cached = asked.reduce((sum, { history }) => sum + (history.usage?.cached ?? 0), 0);
  return {
    id: 'costs',
    title: 'Costs',
    content: html`<div class="card">
      ${budgetBar(recipe.budget, total)}
      ${numberTable({
        label: 'Calls of chat models',
        caption: 'Calls of chat models, by stage and model',
        columns,
        alignsRight: true,
        rows: asked.flatMap((stage) =>
          linesOf(stage).map((line, index) =>
            row(line, index === 0 ? (stage.history.usage?.cached ?? 0) : undefined),
          ),
        ),
        foot: lines.length > 1 ? row(total, cached) : undefined,
      })}
      ${
        total.paidTwice > 0 &&
        html`<p class="figures">
          ${formatNumber(total.paidTwice)} calls were made again because they had been broken off: up to
          ${formatDollars(total.paidTwiceCost)} more may be on the bill.
        </p>`
      }
    </div>`,
  };
}

/** A run that was made before the ledger was at hand knows only the sums of its stages. */
function linesOf({ id, costs: own, history: { usage } }: StageSummary): Line[] {
  if (own.length > 0) return own.map((stats) => ({ ...stats, stage: id }));
  if (usage === undefined) return [];
  const { calls, inputTokens, outputTokens, cost = 0, unpriced = 0 } = usage;
  const { paidTwice = 0, paidTwiceCost = 0 } = usage;
  return [
    {
      ...{ stage: id, model: '', calls, failed: 0, inputTokens, outputTokens },
      ...{ cost, unpriced, paidTwice, paidTwiceCost },
    },
  ];
}

function sumOf(lines: readonly Line[], name: Pick<Line, 'stage' | 'model'>): Line {
  const sum = (of: (line: Line) => number): number => lines.reduce((total, line) => total + of(line), 0);
  return {
    ...name,
    calls: sum(({ calls }) => calls),
    failed: sum(({ failed }) => failed),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    cost: sum(({ cost }) => cost),
    unpriced: sum(({ unpriced }) => unpriced),
    paidTwice: sum(({ paidTwice }) => paidTwice),
    paidTwiceCost: sum(({ paidTwiceCost }) => paidTwiceCost),
  };
}

/** `cached`: answers of all the stage's models that the ledger had. */
function row(line: Line, cached: number | undefined): Html {
  return html`<tr>
    <th scope="row">${line.stage}</th>
    <td class="left">${line.model}</td>
    <td>${formatNumber(line.calls)}</td>
    <td>${cached === undefined ? '' : formatNumber(cached)}</td>
    <td>${formatNumber(line.failed)}</td>
    <td>${formatNumber(line.inputTokens)}</td>
    <td>${formatNumber(line.outputTokens)}</td>
    <td>${costText(line)}</td>
  </tr>`;
}

/** What is not priced is no zero. */
function costText({ cost, unpriced }: Line): string {
  if (unpriced === 0) return formatDollars(cost);
  return cost === 0 ? 'no price' : `${formatDollars(cost)} + ${formatNumber(unpriced)} without a price`;
}

function budgetBar(budget: number | undefined, { cost, paidTwiceCost }: Line): Html {
  if (budget === undefined) return html`<p class="figures">There is no budget.</p>`;
  const spent = cost + paidTwiceCost;
  const share = budget === 0 ? 0 : spent / budget;
  return html`<p class="figures">
      <b>${formatDollars(spent)}</b> of a budget of
      ${formatDollars(budget)}${budget > 0 && ` (${formatShare(share)})`}
    </p>
    <div class="meter" aria-hidden="true">
      <i style="width:${Math.min(100, 100 * share).toFixed(2)}%"></i>
    </div>`;
}
