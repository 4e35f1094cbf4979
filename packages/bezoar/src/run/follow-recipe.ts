import { BezoarError, finishJob } from '@bezoar/core';
import type { TcpGroup } from '@bezoar/distributed';
import type { PromptTemplate } from '@bezoar/qlora';
import { join, resolve as resolvePath } from 'node:path';
import { openTemplate } from '../stages/open-template.ts';
import { runStage } from '../stages/run-stage.ts';
import { createStageContext } from './create-stage-context.ts';
import { prepareRun } from './prepare-run.ts';
import { hearFirst } from './run-message.ts';
import type { RunRecipeOptions } from './run-recipe.ts';
import { createRunResources } from './run-resources.ts';

/**
 * The part of every rank but 0 in a run: trains with the others whatever is trained, and waits while rank 0 does the rest. Writes nothing
 * and tells nothing. Throws BezoarError BAD_CONFIG when this process was started with something else than rank 0; what a training
 * throws; PEER_FAILED.
 */
export async function followRecipe(options: RunRecipeOptions & { readonly group: TcpGroup }): Promise<void> {
  const { recipe, runDir, layout = 'stages', fresh = false, env = {}, group } = options;
  const { now = () => new Date() } = options;
  const resolve = options.resolve ?? ((path: string) => resolvePath(path));
  const signal = options.signal ?? new AbortController().signal;
  const begin = await hearFirst(group);
  const { plan, inputs } = await prepareRun({
    ...{ recipe, resolve, runDir, layout, fresh, env, signal },
    emit: () => undefined,
  });
  const own = Object.fromEntries(plan.map(({ id, fingerprint }) => [id, fingerprint]));
  if (begin.type !== 'plan' || JSON.stringify(own) !== JSON.stringify(begin.prints)) {
    throw new BezoarError(
      'BAD_CONFIG',
      `Rank ${group.rank} was started with other settings or data than rank 0.`,
      {
        advice: 'Start all processes with the same command, on the same files.',
      },
    );
  }
  // Of what a run has, a training needs the backend.
  const resources = createRunResources({
    backend: recipe.backend,
    ledgerPath: join(runDir, 'ledger.sqlite'),
    journalPath: join(runDir, 'batches.sqlite'),
    ...{ budget: undefined, prices: undefined, concurrency: undefined, queue: undefined },
  });
  let template: Promise<PromptTemplate> | undefined;
  const shared = {
    ...{ recipe, inputs, plan, resources, signal, group, now },
    template: () => (template ??= openTemplate({ recipe, resolve: inputs.path })),
  };
  try {
    for (;;) {
      const message = await hearFirst(group);
      if (message.type !== 'train') return;
      const planned = plan.find(({ id }) => id === message.stage)!;
      const context = createStageContext(planned, {
        ...shared,
        chat: () => refuse('chat models'),
        completions: () => refuse('completions'),
        answers: () => refuse('answers of an evaluation'),
      });
      await finishJob(runStage(planned.stage, context));
    }
  } finally {
    await resources.close();
  }
}

function refuse(what: string): never {
  throw new Error(`a training asks for no ${what}`);
}
