import { finishJob, parseOrThrow } from '@bezoar/core';
import { readGroupPlace } from '@bezoar/distributed';
import { resolve } from 'node:path';
import { resolveTasks } from '../recipe/resolve-tasks.ts';
import { recipeSchema } from '../recipe/schema.ts';
import { followRecipe } from '../run/follow-recipe.ts';
import { placeBackend } from '../run/place-backend.ts';
import { runRecipe, type RunRecipeOptions } from '../run/run-recipe.ts';
import type { RunSummary } from '../run/run-summary.ts';
import { inGroup } from './in-group.ts';
import { createProgress } from './progress.ts';
import type { CliIo } from './io.ts';
import { summaryText } from './summary-text.ts';
import type { TextTableOptions } from './text-table.ts';

export interface StageCommand {
  /** The command's name: that of its only stage. */
  readonly name: string;
  readonly out: string;
  readonly stage: Readonly<Record<string, unknown>>;
  /** The rest of the recipe. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly io: CliIo;
}

/** Runs one stage in the folder that `--out` names: a recipe of one stage, with everything that recipes have. */
export async function runStageCommand({ name, out, stage, settings, io }: StageCommand): Promise<void> {
  const recipe = parseOrThrow(
    recipeSchema,
    { name, ...settings, stages: { [name]: stage } },
    { what: `bezoar ${name}`, advice: `See bezoar ${name} --help.` },
  );
  const resolved = resolveTasks(recipe, (path) => resolve(path));
  const summary = await runWithProgress({ recipe: resolved, runDir: resolve(out), layout: 'flat' }, io);
  if (summary === undefined) return;
  io.stdout.write(`${summaryText(summary, tableOptions(io))}Output: ${resolve(out)}\n`);
}

/** Tables fit the terminal; files and pipes take them as wide as they are. */
export function tableOptions({ stdout }: Pick<CliIo, 'stdout'>): TextTableOptions {
  return stdout.isTTY ? { width: stdout.columns } : {};
}

/**
 * Runs a recipe and shows what it says on stderr. In a group of processes all but rank 0 show nothing, and there is no summary of
 * theirs.
 */
export async function runWithProgress(
  options: Omit<RunRecipeOptions, 'signal' | 'env' | 'now' | 'group'>,
  io: CliIo,
): Promise<RunSummary | undefined> {
  const progress = createProgress(io);
  const place = readGroupPlace(io.env);
  const recipe = placeBackend(options.recipe, place);
  try {
    return await inGroup({ place, io, note: (event) => progress.show(event) }, async ({ group, signal }) => {
      const own = { ...options, recipe, env: io.env, signal };
      if (group === undefined || group.rank === 0)
        return finishJob(runRecipe({ ...own, group }), (event) => progress.show(event));
      await followRecipe({ ...own, group });
      return undefined;
    });
  } finally {
    progress.end();
  }
}
