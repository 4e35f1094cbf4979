import type { Stage } from '../recipe/recipe.ts';
import type { RunSoFar } from './run-so-far.ts';
import type { Scenario } from './scenario.ts';
import type { CallNumbers, Outlook, RowsNumbers, StageNumbers } from './stage-numbers.ts';

export interface ScenarioRun {
  readonly stages: readonly (readonly [id: string, stage: Stage])[];
  readonly outlooks: ReadonlyMap<string, Outlook>;
  /** Of files, and of stages that are done. */
  readonly known: ReadonlyMap<string, RowsNumbers>;
  readonly soFar: RunSoFar;
}

/** Puts all stages into one scenario, in order: what one makes, the next one reads. */
export function runScenario(
  scenario: Scenario,
  { stages, outlooks, known, soFar }: ScenarioRun,
): ReadonlyMap<string, StageNumbers> {
  const numbers = new Map<string, StageNumbers>();
  const nothing: RowsNumbers = { count: NaN, prompt: NaN, response: NaN, texts: [] };
  const rowsOf = (reference: string): RowsNumbers =>
    known.get(reference) ?? numbers.get(reference)?.rows ?? nothing;
  for (const [id] of stages) {
    const outlook = outlooks.get(id)?.(scenario, rowsOf) ?? {};
    const rows = known.get(id);
    const made = rows === undefined ? outlook : { ...outlook, rows };
    numbers.set(id, { ...made, ...askedYet(id, { made, scenario, soFar }) });
  }
  return numbers;
}

/** Without what is answered already, in tokens as they were so far. */
function askedYet(
  id: string,
  {
    made,
    scenario,
    soFar,
  }: { readonly made: StageNumbers; readonly scenario: Scenario; readonly soFar: RunSoFar },
): { readonly calls?: readonly CallNumbers[] } {
  if (made.calls === undefined) return {};
  const all = made.calls.reduce((sum, { calls }) => sum + calls, 0);
  const answered = soFar.answered(id).reduce((sum, { calls, failed }) => sum + calls - failed, 0);
  const left = answered === 0 ? 1 : Math.max(0, 1 - answered / all);
  const each = scenario.callTokens(id);
  return {
    calls: made.calls.map(({ model, ...asked }) => ({
      model,
      calls: left * asked.calls,
      inputTokens: left * (each === undefined ? asked.inputTokens : asked.calls * each.inputTokens),
      outputTokens: left * (each === undefined ? asked.outputTokens : asked.calls * each.outputTokens),
    })),
  };
}
