import type { StagePlan } from '../plan/plan-stage.ts';
import type { Stage } from '../recipe/recipe.ts';
import type { Amount } from './amount.ts';
import type { Assumption } from './assumptions.ts';

/** What a recipe will do, take and cost, as far as that can be known before anything starts. Null stands for what nobody knows. */
export interface Forecast {
  readonly name: string;
  readonly stages: readonly StageForecast[];
  /** Of all stages that are still to run; `isPartial`: something unknown is not in the sum. */
  readonly totals: Readonly<Record<TotalName, Total>>;
  readonly money: MoneyForecast;
  readonly speed: SpeedForecast | null;
  /** Undefined where there is no training, or the base is not known. */
  readonly memory: MemoryForecast | undefined;
  readonly assumptions: readonly Assumption[];
  /** Sentences about what was measured, and about what is not known and why. */
  readonly measured: readonly string[];
  readonly unknown: readonly string[];
}

export type TotalName =
  'calls' | 'inputTokens' | 'outputTokens' | 'dollars' | 'trainedTokens' | 'steps' | 'seconds';

export interface Total extends Amount {
  readonly isPartial: boolean;
}

/** Figures that do not apply to a stage are missing. */
export interface StageForecast extends Partial<Readonly<Record<TotalName, Amount | null>>> {
  readonly id: string;
  readonly kind: Stage['kind'];
  /** `done`: it will not run again; `begun`: the answers that it has are not asked for again. */
  readonly state: 'done' | 'begun' | 'new';
  readonly rowsIn?: Amount | null;
  readonly rowsOut?: Amount | null;
  /** To local models. */
  readonly requests?: Amount | null;
  /** Of a training, where the base is known. */
  readonly memory?: StagePlan;
}

export interface MoneyForecast {
  /** US dollars. */
  readonly budget: number | undefined;
  /** In the run folder, so far. */
  readonly spent: number;
  readonly models: readonly ModelForecast[];
  /** Whether the budget will do, at what is expected and at worst. Undefined without one, or where the cost is not known. */
  readonly suffices: { readonly expected: boolean; readonly worst: boolean } | undefined;
}

export interface ModelForecast {
  /** In the recipe. */
  readonly name: string;
  readonly id: string;
  /** US dollars for a million tokens, batches at half. Null: nobody knows. */
  readonly price: { readonly input: number; readonly output: number } | null;
  readonly isBatched: boolean;
  readonly calls: Amount | null;
  readonly dollars: Amount | null;
}

export interface SpeedForecast {
  /** Floating-point operations a second that a training reaches. Undefined where only tokens a second are known. */
  readonly flops: number | undefined;
  readonly tokensPerSecond: number | undefined;
  readonly source: string;
}

export interface MemoryForecast {
  /** The stage that takes the most. */
  readonly stage: string;
  readonly plan: StagePlan;
  readonly fits: boolean;
}
