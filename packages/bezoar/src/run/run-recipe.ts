import { BezoarError, eventsWhile, type JobScope, type RunEvent } from '@bezoar/core';
import { openAnswerFile, type AnswerStore } from '@bezoar/eval';
import type { PromptTemplate } from '@bezoar/qlora';
import type { TcpGroup } from '@bezoar/distributed';
import { join, resolve as resolvePath } from 'node:path';
import { openEventLog, readEventLog, type EventLog } from '../events/event-log.ts';
import { createTrainingLogs } from '../events/training-logs.ts';
import type { Recipe, Stage } from '../recipe/recipe.ts';
import { writeReport } from '../report/write-report.ts';
import { makesRows, publishRows } from '../stages/dataset-card.ts';
import { definite } from '../stages/definite.ts';
import { openTemplate } from '../stages/open-template.ts';
import { runStage } from '../stages/run-stage.ts';
import type { StageContext } from '../stages/stage-context.ts';
import { openChatModel, openCompletions, type OpenedChat } from './chat-models.ts';
import { createNotes, type Notes } from './create-notes.ts';
import { createStageContext } from './create-stage-context.ts';
import { hubName } from './open-run-inputs.ts';
import { openQueue } from './open-queue.ts';
import { describeUsage } from './describe-usage.ts';
import type { Usage } from './meter-model.ts';
import type { PlannedStage } from './plan-run.ts';
import { prepareRun, type PreparedRun } from './prepare-run.ts';
import { tellOthers } from './run-message.ts';
import { createRunResources, requirePrice, type RunResources } from './run-resources.ts';
import { collectSummary, type RunSummary, type SummaryOptions } from './run-summary.ts';
import type { RunInputs } from './run-inputs.ts';
import { readEnvironment, type StageEnvironment } from './stage-environment.ts';
import { beginStage, finishStage, type FinishedStage, type StageSources } from './stage-folder.ts';
import { stageInputs } from './stage-inputs.ts';
import { watchWorkers } from './watch-workers.ts';

export interface RunRecipeOptions {
  /** Checked: see `loadRecipe`. */
  readonly recipe: Recipe;
  /** Everything that the run makes lies in here. */
  readonly runDir: string;
  /** Absolute path of a file that the recipe names; from the working folder by default. */
  readonly resolve?: (path: string) => string;
  /** `flat`: the recipe's only stage works in the run folder itself. A folder for each stage by default. */
  readonly layout?: 'stages' | 'flat';
  /** Runs every stage again. Answers of chat models stay in the ledger. */
  readonly fresh?: boolean;
  /** Where keys of chat models and the settings of the Hub are looked up. None by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Of this process, which is rank 0: the others follow with `followRecipe`. */
  readonly group?: TcpGroup | undefined;
  readonly now?: () => Date;
}

/**
 * Runs a recipe stage by stage. A stage whose settings and inputs are what they were is kept; one that was begun goes on:
 * calls from the ledger, training from its saved state. All input is checked before anything is written.
 *
 * Throws BezoarError: whatever a stage throws, and INTERRUPTED when the signal fires; the same call goes on from there.
 */
export async function* runRecipe(options: RunRecipeOptions): AsyncGenerator<RunEvent, RunSummary> {
  const { recipe, runDir, layout = 'stages', fresh = false, env = {}, group } = options;
  const { now = () => new Date() } = options;
  const resolve = options.resolve ?? ((path: string) => resolvePath(path));
  const signal = options.signal ?? new AbortController().signal;
  const prepare = ({ emit, signal: ended }: JobScope): Promise<PreparedRun> =>
    prepareRun({ recipe, resolve, runDir, layout, fresh, env, signal: ended, emit });
  const { plan, pending, inputs } = yield* eventsWhile(prepare, signal);
  const chats = new Map<string, OpenedChat>();
  for (const name of new Set(pending.flatMap(({ stage }) => stageInputs(stage).chats))) {
    const opened = await openChatModel(name, { recipe, resolve, env });
    if (recipe.budget !== undefined) requirePrice(opened, recipe.models[name]!, recipe.prices);
    chats.set(name, opened);
  }

  const queue =
    recipe.queue === undefined || chats.size === 0 ? undefined : await openQueue(recipe.queue, env);
  const environment = await readEnvironment(resolve('.'));
  const log = openRunLog({ runDir, recipe, now });
  const resources = createRunResources({
    backend: recipe.backend,
    ledgerPath: join(runDir, 'ledger.sqlite'),
    journalPath: join(runDir, 'batches.sqlite'),
    budget: recipe.budget,
    prices: recipe.prices,
    concurrency: mostInFlight(plan),
    queue,
  });
  let template: Promise<PromptTemplate> | undefined;
  let answers: AnswerStore | undefined;
  let costs: SummaryOptions['costs'];
  const shared = {
    ...{ recipe, inputs, plan, resources, signal, group, now },
    template: () => (template ??= openTemplate({ recipe, resolve: inputs.path })),
    completions: (name: string) => openCompletions(name, { recipe, resolve, env }),
    answers: () => (answers ??= openAnswerFile(join(runDir, 'answers.jsonl'))),
  };
  try {
    const prints = Object.fromEntries(plan.map(({ id, fingerprint }) => [id, fingerprint]));
    await tellOthers(group, { type: 'plan', prints });
    for (const planned of plan) {
      if (signal.aborted) throw interrupted(planned.id);
      const usage: Usage = { calls: 0, cached: 0, inputTokens: 0, outputTokens: 0 };
      const notes = createNotes();
      let computedOn: string | undefined;
      const context = createStageContext(planned, {
        ...shared,
        resources: {
          ...resources,
          async backend(memory) {
            const backend = await resources.backend(memory);
            computedOn = backend.capabilities.description;
            return backend;
          },
        },
        chat: (name) =>
          resources.chat(chats.get(name)!, {
            stage: planned.id,
            usage,
            choice: recipe.models[name]!,
            note: (message) => notes.add(message),
          }),
      });
      const asked = planned.state === 'unchanged' ? [] : stageInputs(planned.stage).chats;
      const unwatch = watchWorkers({
        queue,
        models: asked.map((name) => ({ id: chats.get(name)!.id, spec: recipe.models[name]!.model })),
        note: (message) => notes.add(message),
      });
      try {
        yield* workOn(planned, {
          ...{ context, inputs, log, usage, notes, resources, own: layout === 'stages' },
          environment: () => ({
            ...environment,
            ...definite({ backend: computedOn }),
            ...(group !== undefined && isTraining(planned.stage) ? { processes: group.size } : {}),
          }),
        });
      } finally {
        unwatch();
      }
    }
    await tellOthers(group, { type: 'end' });
    costs = new Map(plan.map(({ id }) => [id, resources.costs([id])]));
  } finally {
    await resources.close();
  }
  const summary = await collectSummary({ recipe, plan, runDir, costs });
  await writeReport(runDir, summary);
  return summary;
}

/** `events.jsonl`, and beside it what the recipe wants for the viewers of other tools. */
function openRunLog(options: {
  readonly runDir: string;
  readonly recipe: Recipe;
  readonly now: () => Date;
}): EventLog {
  const { runDir, recipe, now } = options;
  const path = join(runDir, 'events.jsonl');
  const training = createTrainingLogs({ runDir, kinds: recipe.logs, earlier: readEventLog(path) });
  const events = openEventLog(path, now);
  return {
    write(event) {
      const logged = events.write(event);
      training.write(logged);
      return logged;
    },
  };
}

interface Work {
  readonly context: StageContext;
  readonly inputs: RunInputs;
  readonly log: EventLog;
  readonly usage: Usage;
  readonly notes: Notes;
  readonly resources: RunResources;
  readonly own: boolean;
  readonly environment: () => StageEnvironment;
}

async function* workOn(
  planned: PlannedStage,
  { context, inputs, log, usage, notes, resources, own, environment }: Work,
): AsyncGenerator<RunEvent> {
  const { id, stage, out, fingerprint, state, settings, inputPrints } = planned;
  const say = (event: RunEvent): RunEvent => {
    log.write(event);
    return event;
  };
  yield say({ type: 'stage-start', stage: id, detail: state });
  if (state === 'unchanged') {
    // Licence, description and file format decide no row.
    if (makesRows(stage)) await publishRows(stage, context, { unchanged: true });
    return;
  }
  await beginStage(out, { fingerprint, state, own });
  if (isTraining(stage)) await tellOthers(context.group, { type: 'train', stage: id });
  const started = performance.now();
  const work = runStage(withConcurrency(stage, context.recipe), context);
  const costs = createCostMeter(() => resources.paid(id)?.cost, usage);
  let metrics: Readonly<Record<string, number>> | undefined;
  try {
    let next = work.next();
    for (;;) {
      const first = await Promise.race([next.then(() => 'step'), notes.arrived()]);
      for (const message of notes.take()) yield say({ type: 'note', stage: id, message });
      if (first !== 'step') continue;
      const step = await next;
      if (step.done === true) {
        metrics = step.value;
        break;
      }
      // The runner says itself where a stage begins and ends.
      const { type } = step.value;
      if (type === 'progress') yield say({ ...step.value, ...costs.now() });
      else if (type !== 'stage-start' && type !== 'stage-end' && type !== 'usage') yield say(step.value);
      // Computing blocks the thread between events: let signals through.
      await new Promise((resolve) => setImmediate(resolve));
      next = work.next();
    }
  } catch (error) {
    const spent = resources.paid(id);
    if (usage.calls > 0 && spent !== undefined)
      yield say({ type: 'note', stage: id, message: `so far ${describeUsage(spent)}` });
    throw BezoarError.isInstance(error) && error.code === 'INTERRUPTED' ? stopped(id, error) : error;
  } finally {
    await work.return(undefined);
  }
  const paid = resources.paid(id);
  if (usage.calls + usage.cached > 0 && paid !== undefined)
    yield say({ type: 'usage', stage: id, ...paid, cached: usage.cached });
  const seconds = (performance.now() - started) / 1000;
  const { base, models } = context.recipe;
  const asked = stageInputs(stage).chats.map((name) => [name, models[name]!.model]);
  await finishStage(out, {
    fingerprint,
    id,
    kind: stage.kind,
    settings: { ...settings },
    models: asked.length === 0 ? undefined : (Object.fromEntries(asked) as Record<string, string>),
    base: base === undefined ? undefined : hubName(base),
    finished: context.now().toISOString(),
    seconds,
    metrics,
    inputs: sourcesOf(stage, context),
    ...provenanceOf(stage, { context, inputs }),
    inputPrints,
    environment: environment(),
  });
  yield say({ type: 'stage-end', stage: id, seconds, ...(metrics === undefined ? {} : { metrics }) });
}

/** What `bezoar trace` follows from stage to stage. */
function sourcesOf(stage: Stage, { files }: StageContext): StageSources {
  const inputs = stageInputs(stage);
  return { rows: inputs.rows, models: inputs.models, files: inputs.files.flatMap((name) => files(name)) };
}

/** What cards say of where a stage's result comes from. */
function provenanceOf(
  stage: Stage,
  { context, inputs }: Pick<Work, 'context' | 'inputs'>,
): Pick<FinishedStage, 'baseCommit' | 'sources'> {
  const { base } = context.recipe;
  const { files, models } = stageInputs(stage);
  const sources = files.map((name) => context.hubSource(name)).filter((source) => source !== undefined);
  const computed = models.length > 0;
  return {
    baseCommit: computed && base !== undefined ? inputs.hubPrint(base)?.split('@').at(-1) : undefined,
    sources: sources.length === 0 ? undefined : sources,
  };
}

/** What the stage has cost, over all runs: the ledger is summed up once, and counted on from there. */
function createCostMeter(
  paid: () => number | undefined,
  usage: Usage,
): { now(): { readonly cost?: number } } {
  let earlier: number | undefined;
  return {
    now() {
      if (usage.cost === undefined) return {};
      earlier ??= Math.max(0, (paid() ?? 0) - usage.cost);
      return { cost: earlier + usage.cost };
    },
  };
}

/** A batch is worth its wait when it holds many calls, and many machines when all of them have some. */
const ownConcurrency = { batch: 10_000, queue: 64 } as const;

/** Of a stage that says nothing about it. */
function withConcurrency(stage: Stage, { models, queue }: Recipe): Stage {
  const { chats } = stageInputs(stage);
  if (chats.length === 0 || ('concurrency' in stage && stage.concurrency !== undefined)) return stage;
  const batched = chats.some((name) => models[name]?.batch === true);
  if (!batched && queue === undefined) return stage;
  return { ...stage, concurrency: batched ? ownConcurrency.batch : ownConcurrency.queue } as Stage;
}

function mostInFlight(plan: readonly PlannedStage[]): number | undefined {
  const settings = plan.flatMap(({ stage }) => ('concurrency' in stage ? [stage.concurrency ?? 0] : [0]));
  const most = Math.max(...settings);
  return most === 0 ? undefined : most;
}

/** The stages that all processes of a group work on. */
function isTraining({ kind }: Stage): boolean {
  return kind === 'sft' || kind === 'dpo';
}

function stopped(stage: string, cause: BezoarError): BezoarError {
  return new BezoarError('INTERRUPTED', `Stopped in stage ${stage}; everything that was done is saved.`, {
    advice: 'Run the same command again to go on from here.',
    cause,
  });
}

function interrupted(before: string): BezoarError {
  return new BezoarError('INTERRUPTED', `The run stopped before stage ${before}.`, {
    advice: 'Run the same command again to go on from here.',
  });
}
