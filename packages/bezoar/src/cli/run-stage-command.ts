import { parseOrThrow, type RunEvent } from '@bezoar/core';
import { resolve } from 'node:path';
import { recipeSchema } from '../recipe/schema.ts';
import { runRecipe, type RunRecipeOptions } from '../run/run-recipe.ts';
import type { RunSummary } from '../run/run-summary.ts';
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
  const summary = await runWithProgress({ recipe, runDir: resolve(out), layout: 'flat' }, io);
  io.stdout.write(`${summaryText(summary, tableOptions(io))}Output: ${resolve(out)}\n`);
}

/** Tables fit the terminal; files and pipes take them as wide as they are. */
export function tableOptions({ stdout }: Pick<CliIo, 'stdout'>): TextTableOptions {
  return stdout.isTTY ? { width: stdout.columns } : {};
}

/** Runs a recipe and shows what it says on stderr. */
export async function runWithProgress(
  options: Omit<RunRecipeOptions, 'signal' | 'env' | 'now'>,
  io: CliIo,
): Promise<RunSummary> {
  const progress = createProgress(io);
  const run = runRecipe({ ...options, env: io.env, signal: io.interruption() });
  try {
    for (;;) {
      const step: IteratorResult<RunEvent, RunSummary> = await run.next();
      if (step.done === true) return step.value;
      progress.show(step.value);
    }
  } finally {
    progress.end();
  }
}
