import { textTable } from '../cli/text-table.ts';
import { bytesText, planText } from '../plan/plan-text.ts';
import { formatNumber } from '../report/format-number.ts';
import { amountText, round, type Amount } from './amount.ts';
import { durationText } from './duration-text.ts';
import type { Forecast, ModelForecast, StageForecast, Total } from './forecast.ts';

type Figure = Amount | null | undefined;

interface Column {
  readonly head: string;
  readonly of: (stage: StageForecast) => string;
  readonly total?: (forecast: Forecast) => string;
}

/** A forecast as a table by stage, what budget and memory say to it, and what it rests on. */
export function forecastText(forecast: Forecast): string {
  const blocks = [
    stageTable(forecast),
    '~ rests on assumptions · ≤ is wanted or allowed, and may be fewer · ? is not known · the rest is exact\n',
    moneyText(forecast),
    memoryText(forecast),
    listText('Assumed', forecast.assumptions.map(assumptionText)),
    listText('Measured', forecast.measured),
    listText('Not known', forecast.unknown),
  ];
  return blocks.filter((block) => block !== '').join('\n');
}

function stageTable(forecast: Forecast): string {
  const { stages, totals } = forecast;
  const columns = allColumns.filter(({ of }) => stages.some((stage) => of(stage) !== ''));
  const rows = stages.map((stage) => columns.map(({ of }) => of(stage)));
  const sums = columns.map(({ total }, index) =>
    index === 0 ? 'all' : total === undefined ? '' : total(forecast),
  );
  const isLast = stages.length > 1 && Object.values(totals).some(({ value }) => value > 0);
  return textTable([columns.map(({ head }) => head), ...rows, ...(isLast ? [sums] : [])]);
}

const allColumns: readonly Column[] = [
  { head: 'stage', of: ({ id }) => id },
  { head: 'kind', of: ({ kind }) => kind },
  { head: 'rows', of: rowsText },
  { head: 'calls', of: ({ calls }) => figure(calls), total: ({ totals }) => sum(totals.calls) },
  {
    head: 'tokens in',
    of: ({ inputTokens }) => figure(inputTokens),
    total: ({ totals }) => sum(totals.inputTokens),
  },
  {
    head: 'tokens out',
    of: ({ outputTokens }) => figure(outputTokens),
    total: ({ totals }) => sum(totals.outputTokens),
  },
  {
    head: 'dollars',
    of: ({ dollars }) => figure(dollars, dollarsText),
    total: ({ totals }) => sum(totals.dollars, dollarsText),
  },
  { head: 'steps', of: ({ steps }) => figure(steps), total: ({ totals }) => sum(totals.steps) },
  {
    head: 'tokens trained',
    of: ({ trainedTokens }) => figure(trainedTokens),
    total: ({ totals }) => sum(totals.trainedTokens),
  },
  {
    head: 'time',
    of: ({ seconds, state }) => (state === 'done' ? 'done' : figure(seconds, timeText)),
    total: ({ totals }) => sum(totals.seconds, timeText),
  },
  {
    head: 'memory',
    of: ({ memory }) => (memory === undefined ? '' : bytesText(memory.need)),
    total: ({ memory }) => (memory === undefined ? '' : bytesText(memory.plan.need)),
  },
];

/** `40 → ~128`, or what a model is asked: `630 requests`. */
function rowsText({ rowsIn, rowsOut, requests }: StageForecast): string {
  if (requests !== undefined) return `${figure(requests)} requests`;
  const sides = [rowsIn, rowsOut].map((side) => figure(side));
  if (rowsOut === undefined) return sides[0]!;
  return rowsIn === undefined ? `→ ${sides[1]!}` : sides.join(' → ');
}

function figure(amount: Figure, text: (amount: Amount) => string = amountText): string {
  if (amount === undefined) return '';
  return amount === null ? '?' : text(amount);
}

function sum(total: Total, text: (amount: Amount) => string = amountText): string {
  if (total.isPartial && total.value === 0) return '?';
  return total.isPartial ? `${text(total)} + ?` : text(total);
}

function dollarsText({ value, most, exact }: Amount): string {
  if (exact || most === 0) return priceText(value);
  return `${value >= most ? '≤' : '~'}${priceText(round(value))}`;
}

/** Cents where there are any that count. */
function priceText(dollars: number): string {
  if (dollars === 0) return '$0';
  return dollars < 10
    ? `$${dollars.toFixed(dollars < 0.01 ? 4 : 2)}`
    : `$${formatNumber(Math.round(dollars))}`;
}

function timeText({ value, most }: Amount): string {
  if (value === 0) return '';
  return `${value >= most ? '≤' : '~'}${durationText(value)}`;
}

function moneyText({ money, totals }: Forecast): string {
  const lines = money.models
    .filter(({ price }) => price === null || price.input > 0 || price.output > 0)
    .map(modelText);
  const budget = budgetText({ money, totals });
  if (lines.length === 0 && budget === undefined) return '';
  return `${[...lines, ...(budget === undefined ? [] : [budget])].join('\n')}\n`;
}

function modelText({ name, id, price, isBatched, calls, dollars }: ModelForecast): string {
  const asked = `${name}: ${figure(calls)} calls of ${id}`;
  if (price === null) return `${asked}; its price is not known: name it in the recipe (price, or prices)`;
  const each = `$${price.input} and $${price.output} for a million tokens in and out${isBatched ? ' (in batches: half the list price)' : ''}`;
  return `${asked} at ${each}: ${figure(dollars, dollarsText)}${worstText(dollars)}`;
}

function worstText(dollars: Amount | null): string {
  if (dollars === null || dollars.exact || dollars.most === dollars.value) return '';
  return dollars.most === Infinity ? '' : `, at worst ${priceText(round(dollars.most))}`;
}

function budgetText({ money, totals }: Pick<Forecast, 'money' | 'totals'>): string | undefined {
  const { budget, spent, suffices } = money;
  if (budget === undefined) return undefined;
  const before = spent > 0 ? `, of which ${priceText(spent)} are spent` : '';
  const head = `budget: $${formatNumber(budget)}${before}`;
  if (suffices === undefined) return `${head}; whether it will do is not known, because not all costs are`;
  if (!suffices.expected) return `${head}; it will not do: ${sum(totals.dollars, dollarsText)} are expected`;
  if (suffices.worst) return `${head}; it will do, whatever happens`;
  const { most } = totals.dollars;
  const worst = most === Infinity ? 'unknown' : priceText(round(most));
  return `${head}; it will do as things are expected. The worst case is ${worst}: the run stops before it spends more than its budget, and goes on with a larger one`;
}

/** The training that takes the most, and all that do not fit. */
function memoryText({ memory, stages }: Forecast): string {
  if (memory === undefined) return '';
  const shown = stages.flatMap(({ id, memory: plan }) =>
    plan !== undefined && (id === memory.stage || !plan.fits) ? [planText(id, plan)] : [],
  );
  return shown.join('\n');
}

function assumptionText({ flag, value, meaning, source }: Forecast['assumptions'][number]): string {
  return `--${flag} ${value}${source === 'given' ? ' (given)' : ''}: ${meaning}`;
}

function listText(head: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${head}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
