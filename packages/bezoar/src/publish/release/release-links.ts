import { hasAdapter } from '../../recipe/has-adapter.ts';
import type { Recipe, Stage } from '../../recipe/recipe.ts';
import { stageInputs } from '../../run/stage-inputs.ts';
import type { ReleaseEntry } from './release-entry.ts';
import type { Release } from './release.ts';

/** What of a release belongs to one of its entries. */
export interface ReleaseLinks {
  /** The model that an adapter stands on, or a model was made from: its name on the Hub, where it has one. */
  readonly base: string | undefined;
  /** The adapter that a model has folded in. */
  readonly adapter: ReleaseEntry | undefined;
  /** The model that has an adapter folded in. */
  readonly merged: ReleaseEntry | undefined;
  /** Models that were trained on these rows. */
  readonly trained: readonly ReleaseEntry[];
}

export function releaseLinks(entry: ReleaseEntry, release: Release): ReleaseLinks {
  const { recipe, entries } = release;
  const entryOf = (id: string): ReleaseEntry | undefined => entries.find(({ stage }) => stage === id);
  const own = recipe.stages[entry.stage]!;
  return {
    base: entry.form === 'rows' ? undefined : baseOf(own, release, entry.form === 'model'),
    adapter: own.kind === 'merge' ? entryOf(own.from) : undefined,
    merged: entries.find(({ stage }) => {
      const other = recipe.stages[stage]!;
      return other.kind === 'merge' && other.from === entry.stage;
    }),
    trained:
      entry.form === 'rows'
        ? entries.filter(({ form, stage }) => form !== 'rows' && ancestorsOf(stage, recipe).has(entry.stage))
        : [],
  };
}

/**
 * The name on the Hub of the model under a stage's own. A model that stands alone may name one further back where that before it is not
 * published; an adapter needs the very one.
 */
function baseOf(stage: Stage, release: Release, mayGoBack: boolean): string | undefined {
  const { recipe, entries, base } = release;
  if (!('from' in stage)) return undefined;
  const { from } = stage;
  if (from === 'base') return base;
  if (!hasAdapter(from, recipe)) {
    const published = entries.find((entry) => entry.stage === from)?.repo.name;
    if (published !== undefined || !mayGoBack) return published;
  }
  return baseOf(recipe.stages[from]!, release, mayGoBack);
}

/** All stages that a stage's result comes from, itself included. */
export function ancestorsOf(stage: string, { stages }: Pick<Recipe, 'stages'>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (id: string): void => {
    const own = stages[id];
    if (own === undefined || found.has(id)) return;
    found.add(id);
    const { rows, models } = stageInputs(own);
    [...rows, ...models].forEach(visit);
  };
  visit(stage);
  return found;
}
