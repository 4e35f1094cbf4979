import { BezoarError } from '@bezoar/core';
import { join, resolve } from 'node:path';
import { openRelease } from '../publish/release/open-release.ts';
import { planRelease, type PlannedEntry } from '../publish/release/plan-release.ts';
import { publishRelease, type ReleaseResult } from '../publish/release/publish-release.ts';
import { loadRecipe } from '../recipe/load-recipe.ts';
import type { CliIo } from './io.ts';
import { createProgress } from './progress.ts';
import { publishProgress } from './publish-progress.ts';
import { filesTable, reposTable } from './publish-text.ts';
import { tableOptions } from './run-stage-command.ts';

export interface PublishRunOptions {
  /** File. */
  readonly recipe: string;
  readonly runDir: string | undefined;
  readonly org: string | undefined;
  readonly license: string | undefined;
  readonly base: string | undefined;
  readonly only: readonly string[] | undefined;
  readonly tag: string | undefined;
  readonly branch: string | undefined;
  readonly message: string | undefined;
  readonly isPrivate: boolean | undefined;
  readonly dryRun: boolean;
}

/** `bezoar publish RECIPE`: all that the recipe's `publish` names. */
export async function publishRun(options: PublishRunOptions, io: CliIo): Promise<void> {
  const { only, branch, dryRun, org, license, base } = options;
  const { recipe } = await loadRecipe(options.recipe);
  const runDir = resolve(options.runDir ?? join('runs', recipe.name));
  const release = openRelease({ recipe, runDir, org, license, base });
  const tag = options.tag ?? recipe.publish?.tag;
  const progress = createProgress(io);
  try {
    const planned = await planRelease({
      ...{ release, only, tag, branch, dryRun },
      message: options.message ?? `Publish ${tag ?? 'with Bezoar'}`,
      isPrivate: options.isPrivate ?? (recipe.publish?.private === true ? true : undefined),
      env: io.env,
      signal: io.interruption(),
      onProgress: (each) => progress.show(publishProgress(each)),
      onNote: (message) => progress.show({ type: 'note', stage: 'publish', message }),
    });
    if (dryRun) {
      progress.end();
      io.stdout.write(dryRunText(planned, io));
      return;
    }
    const { results, failure } = await publishRelease(planned, (result) => {
      progress.show({ type: 'note', stage: result.entry.stage, message: doneText(result) });
    });
    progress.end();
    io.stdout.write(reposTable(results.map(lineOf), tableOptions(io)));
    if (failure !== undefined) throw stopped(failure, results);
    io.stdout.write(endText(results, tag));
  } catch (error) {
    progress.end();
    for (const problem of problemsOf(error)) io.stderr.write(`- ${problem}\n`);
    throw error;
  } finally {
    progress.end();
  }
}

const stateTexts: Readonly<Record<ReleaseResult['state'], string>> = {
  published: 'published',
  there: 'unchanged',
  failed: 'failed',
  stopped: 'stopped',
  open: 'not begun',
};

function lineOf({ entry, state, published }: ReleaseResult): Parameters<typeof reposTable>[0][number] {
  return { state: stateTexts[state], stage: entry.stage, published };
}

function doneText({ state, published }: ReleaseResult): string {
  return `${state === 'published' ? 'published' : 'nothing new'} at ${published.url}`;
}

/** Every file of every repository; with a single one also its card. */
function dryRunText(planned: readonly PlannedEntry[], io: CliIo): string {
  const sections = planned.map(({ entry, plan }) => {
    const { type, name } = entry.repo;
    return `${type} ${name}, from ${entry.stage}, ${entry.license!}\n${filesTable(plan)}`;
  });
  const lines = planned.map(({ entry, plan }) => ({
    state: plan.created ? 'new' : plan.committed ? 'changed' : 'unchanged',
    stage: entry.stage,
    published: plan,
  }));
  const card = planned.length === 1 ? `${planned[0]!.publication.card}\n` : '';
  const commits = lines.filter(({ published }) => published.committed).length;
  return `${card}${sections.join('\n')}\n${reposTable(lines, tableOptions(io))}\n${counted(commits, 'commit')} would be made, in ${counted(lines.length, 'repository')}. Nothing was sent.\n`;
}

function counted(count: number, what: string): string {
  return `${count} ${count === 1 ? what : what.replace(/y?$/, (end) => (end === 'y' ? 'ies' : 's'))}`;
}

function endText(results: readonly ReleaseResult[], tag: string | undefined): string {
  const count = results.filter(({ state }) => state === 'published').length;
  return `\n${count} published, ${results.length - count} unchanged.${tag === undefined ? '' : ` Tagged ${tag}.`}\n`;
}

/** The failure, with what it means for the release. */
function stopped(failure: unknown, results: readonly ReleaseResult[]): unknown {
  if (!BezoarError.isInstance(failure)) return failure;
  const { entry } = results.find(({ state }) => state === 'failed' || state === 'stopped')!;
  const advice = failure.advice === undefined ? '' : `${failure.advice} `;
  return new BezoarError(failure.code, `${entry.repo.name}: ${failure.message}`, {
    advice: `${advice}What is published stays as it is: the same command goes on with the rest.`,
    cause: failure,
  });
}

function problemsOf(error: unknown): readonly string[] {
  const problems = BezoarError.isInstance(error) ? error.data['problems'] : undefined;
  return Array.isArray(problems) ? (problems as string[]) : [];
}
