import type { StagePlan } from '../plan/plan-stage.ts';
import type { Recipe, Stage } from '../recipe/recipe.ts';
import { definite } from '../stages/definite.ts';
import { amountOf, type Amount } from './amount.ts';
import type { Assumptions } from './assumptions.ts';
import { callSeconds } from './call-seconds.ts';
import type { SpeedForecast, StageForecast, Total, TotalName } from './forecast.ts';
import { dollarsOf, priceModel } from './money.ts';
import type { RunSoFar } from './run-so-far.ts';
import type { CallNumbers, StageNumbers } from './stage-numbers.ts';

export interface StageForecastOptions {
  readonly id: string;
  readonly stage: Stage;
  readonly recipe: Recipe;
  readonly soFar: RunSoFar;
  readonly speed: SpeedForecast | undefined;
  readonly assumptions: Assumptions;
  readonly memory: StagePlan | undefined;
  /** In the three scenarios: the least, what is expected, the most. */
  readonly numbers: readonly [StageNumbers, StageNumbers, StageNumbers];
}

/** The numbers of three scenarios as amounts. Of a stage that is done, what it has made. */
export function stageForecast(options: StageForecastOptions): StageForecast {
  const { id, stage, recipe, soFar, memory, numbers } = options;
  const { kind } = stage;
  const amount = (of: (each: StageNumbers) => number | undefined): Amount | null | undefined => {
    const [least, expected, most] = numbers.map(of) as [number?, number?, number?];
    return expected === undefined ? undefined : (amountOf(least ?? NaN, expected, most ?? NaN) ?? null);
  };
  const done = soFar.done.get(id);
  if (done !== undefined) {
    const { steps, tokens } = done.metrics;
    const rowsOut = amount(({ rows }) => rows?.count);
    return definite({
      id,
      kind,
      state: 'done' as const,
      rowsOut,
      steps: sure(steps),
      trainedTokens: sure(tokens),
    });
  }
  const asked = (value: (call: CallNumbers) => number): Amount | null | undefined =>
    amount(({ calls }) =>
      calls === undefined || calls.length === 0
        ? undefined
        : calls.reduce((sum, call) => sum + value(call), 0),
    );
  const price = ({ model }: CallNumbers): ReturnType<typeof priceModel>['price'] =>
    priceModel(model, recipe).price;
  return definite({
    id,
    kind,
    state: soFar.answered(id).length > 0 ? ('begun' as const) : ('new' as const),
    rowsIn: amount(({ rowsIn }) => rowsIn),
    rowsOut: amount(({ rows }) => rows?.count),
    calls: asked(({ calls }) => calls),
    inputTokens: asked(({ inputTokens }) => inputTokens),
    outputTokens: asked(({ outputTokens }) => outputTokens),
    dollars: asked((call) => dollarsOf(call, price(call))),
    requests: amount(({ requests }) => requests),
    steps: amount(({ steps }) => steps),
    trainedTokens: amount(({ trainedTokens }) => trainedTokens),
    seconds: seconds(options),
    memory,
  });
}

function sure(value: number | undefined): Amount | undefined {
  return value === undefined ? undefined : { value, most: value, exact: true };
}

/** What is computed here after what is asked elsewhere. A batch may take its day; of the rest nobody knows the most. */
function seconds(options: StageForecastOptions): Amount | null | undefined {
  const { stage, recipe, speed, assumptions, numbers } = options;
  const [, { calls = [], flops, trainedTokens }] = numbers;
  if (calls.length === 0 && flops === undefined) return undefined;
  const asked = Math.max(
    0,
    ...calls.map((call) => callSeconds(call, { stage, recipe, speed: () => assumptions.take('callSpeed') })),
  );
  const computed = flops === undefined ? 0 : computeSeconds({ flops, trainedTokens, speed });
  const value = asked + computed;
  if (Number.isNaN(value)) return null;
  const isBatch = calls.some(({ model }) => priceModel(model, recipe).isBatched) && computed === 0;
  return { value, most: isBatch ? value : Infinity, exact: false };
}

function computeSeconds({
  flops,
  trainedTokens,
  speed,
}: {
  readonly flops: number;
  readonly trainedTokens: number | undefined;
  readonly speed: SpeedForecast | undefined;
}): number {
  if (speed?.tokensPerSecond !== undefined && trainedTokens !== undefined)
    return trainedTokens / speed.tokensPerSecond;
  return flops / (speed?.flops ?? NaN);
}

const totalNames: readonly TotalName[] = [
  'calls',
  'inputTokens',
  'outputTokens',
  'dollars',
  'trainedTokens',
  'steps',
  'seconds',
];

/** Sums over the stages that will run. */
export function totalsOf(stages: readonly StageForecast[]): Readonly<Record<TotalName, Total>> {
  const pending = stages.filter(({ state }) => state !== 'done');
  const total = (name: TotalName): Total => {
    const amounts = pending.map((stage) => stage[name]).filter((amount) => amount !== undefined);
    const known = amounts.filter((amount) => amount !== null);
    const sum = (key: 'value' | 'most'): number => known.reduce((all, amount) => all + amount[key], 0);
    return {
      value: sum('value'),
      most: sum('most'),
      exact: known.every(({ exact }) => exact),
      isPartial: known.length < amounts.length,
    };
  };
  return Object.fromEntries(totalNames.map((name) => [name, total(name)])) as Record<TotalName, Total>;
}
