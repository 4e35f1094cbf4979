import type { Backend, ProcessGroup } from '@bezoar/backend';
import { BezoarError, type RunEvent, type TrainStepEvent } from '@bezoar/core';
import type { FolderSink, FolderSource } from '@bezoar/formats';
import { createWorkspace, type Workspace } from '@bezoar/model';
import type { BatchPlan } from './batch-plan.ts';
import { createBestModel, type BestEvaluation, type BestModel, type BestModelConfig } from './best-model.ts';
import { learningRateAt, type ScheduleConfig } from './learning-rate.ts';
import { createAdamW, type AdamWConfig } from './optimizer.ts';
import type { Trainable } from './trainable.ts';
import { loadTrainingState, saveTrainingState } from './training-state.ts';
import { openTeam, soloTeam } from './training-team.ts';

/** What every training offers beside its loss: resume, evaluation, interruption. */
export interface TrainingControls {
  /** For events. */
  readonly stage?: string;
  /** The state is saved every `every` steps, at the end and when the signal fires; and resumed when it is there. */
  readonly checkpoint?: { readonly folder: FolderSource & FolderSink; readonly every?: number };
  readonly signal?: AbortSignal;
  /**
   * The processes that train together, each on a device of its own: every one of them does a share of each step's micro-batches, and all of
   * them make the same updates. Rank 0 alone saves. A signal in any of them stops all after the same step.
   */
  readonly group?: ProcessGroup | undefined;
  /** Milliseconds, for tokens per second. */
  readonly now?: () => number;
}

export interface StepOutcome {
  readonly loss: number;
  /** Tokens through the model, prompts included. */
  readonly tokens: number;
  /** Further figures by their usual names. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface RunTrainingOptions extends TrainingControls {
  readonly stage: string;
  readonly backend: Backend;
  readonly trainable: Trainable;
  readonly config: ScheduleConfig & AdamWConfig & BestModelConfig;
  readonly plan: BatchPlan;
  /** Hash of settings and data: a state is only resumed into the same training. */
  readonly fingerprint: string;
  /** Adds the gradient of 0-based step `step`, or this process's share of it, to the trainable's gradients; tells of the whole step. */
  readonly step: (step: number, workspace: Workspace) => Promise<StepOutcome>;
  /** Runs before the first step, every `every` steps and at the end. */
  readonly evaluation?: {
    readonly every: number | undefined;
    readonly measure: (workspace: Workspace) => Promise<Readonly<Record<string, number>>>;
  };
}

export interface TrainResult {
  readonly steps: number;
  readonly finalLoss: number;
  /** Tokens through the model, prompts included. */
  readonly tokens: number;
  readonly seconds: number;
  /** The evaluation whose parameters the training ended with, where `loadBestModelAtEnd` asked for it. */
  readonly best?: BestEvaluation;
}

/**
 * The frame of a training, whatever its loss: resume, then for every step its gradient, the optimiser's update and an event;
 * evaluation and state in between; early stopping and the best parameters at the end. The trainable and all buffers are freed
 * at the end.
 * Throws BezoarError BAD_CONFIG (a foreign checkpoint, a best model without evaluations, a step with too few micro-batches for the group),
 * DIVERGED, INTERRUPTED (after saving), PEER_FAILED, RANKS_DIFFER.
 */
export async function* runTraining(options: RunTrainingOptions): AsyncGenerator<RunEvent, TrainResult> {
  const { stage, backend, trainable, config, plan, fingerprint, evaluation, checkpoint, group } = options;
  const { now = () => performance.now() } = options;
  const optimizer = createAdamW({ backend, trainable, config });
  const workspace = createWorkspace(backend);
  const best = createBestModel({ backend, parameters: trainable.parameters, config });
  let team = soloTeam;
  const save = async (): Promise<RunEvent[]> => {
    await team.compare(optimizer.state.step);
    if (checkpoint === undefined || !team.writes) return [];
    await saveTrainingState({ backend, sink: checkpoint.folder, optimizer, fingerprint, best });
    return [{ type: 'checkpoint', stage, step: optimizer.state.step, path: checkpoint.folder.name }];
  };
  const evaluate = async (step: number): Promise<RunEvent[]> => {
    if (evaluation === undefined) return [];
    const metrics = await evaluation.measure(workspace);
    // What training has not touched yet is no result of it.
    if (step > 0) await best?.observe({ step, metrics });
    return [{ type: 'evaluation', stage, step, metrics }];
  };
  const isDue = (every: number | undefined, done: number): boolean =>
    done === plan.totalSteps || (every !== undefined && done % every === 0);

  const started = now();
  let tokens = 0;
  let loss = Number.NaN;
  try {
    checkEvaluations(options, best);
    team = await openTeam({ group, backend, trainable, fingerprint });
    if (group !== undefined) yield* describeShares({ plan, stage, group, sums: team.description });
    const folder = checkpoint?.folder;
    const first =
      folder === undefined ? 0 : await loadTrainingState({ backend, folder, optimizer, fingerprint, best });
    await team.compare(first);
    if (first === 0) yield* await evaluate(0);

    for (let step = first; step < plan.totalSteps && best?.isExhausted() !== true; step++) {
      if (await team.isAnyAborted(options.signal)) {
        yield* await save();
        await team.meet();
        throw new BezoarError('INTERRUPTED', `Training stopped at step ${step} of ${plan.totalSteps}.`, {
          advice: 'Run the same command again to go on from here.',
        });
      }
      const stepStarted = now();
      const outcome = await options.step(step, workspace);
      await team.sumGradients();
      const learningRate = learningRateAt(config, step, plan.totalSteps);
      const gradNorm = await optimizer.update(learningRate);
      tokens += outcome.tokens;
      loss = outcome.loss;
      const done = step + 1;
      const event: TrainStepEvent = {
        type: 'train-step',
        stage,
        step: done,
        totalSteps: plan.totalSteps,
        epoch: done / plan.stepsPerEpoch,
        learningRate,
        gradNorm,
        tokensPerSecond: (1000 * outcome.tokens) / Math.max(now() - stepStarted, 1e-3),
        ...outcome,
      };
      yield event;
      if (isDue(evaluation?.every, done)) yield* await evaluate(done);
      if (isDue(checkpoint?.every, done) || best?.isExhausted() === true) yield* await save();
    }
    const last = optimizer.state.step;
    if (best !== undefined) yield* endWithBest({ best, stage, step: last, totalSteps: plan.totalSteps });
    const kept = config.loadBestModelAtEnd === true ? best?.state.best : undefined;
    return {
      steps: last - first,
      finalLoss: loss,
      tokens,
      seconds: (now() - started) / 1000,
      ...(kept === undefined ? {} : { best: kept }),
    };
  } catch (error) {
    // All stop together, and some are gone before others: that is no failure.
    if (BezoarError.isInstance(error) && error.code === 'INTERRUPTED') throw error;
    // Whatever is computed when the others are gone, that they are gone is what happened.
    throw group?.failure.aborted === true ? group.failure.reason : error;
  } finally {
    team.dispose();
    workspace.dispose();
    optimizer.dispose();
    trainable.dispose();
  }
}

interface EndOptions {
  readonly best: BestModel;
  readonly stage: string;
  readonly step: number;
  readonly totalSteps: number;
}

/** Says why training ends, and puts the best parameters in place: the last evaluation is theirs. */
function* endWithBest({ best, stage, step, totalSteps }: EndOptions): Generator<RunEvent> {
  const { metric } = best;
  if (best.isExhausted()) {
    const message = `${best.state.stale} evaluations without a better ${metric}: training ends at step ${step} of ${totalSteps}`;
    yield { type: 'note', stage, message };
  }
  const kept = best.restore();
  if (kept === undefined) return;
  yield {
    type: 'note',
    stage,
    message: `the parameters of step ${kept.step} are kept, whose ${metric} was best`,
  };
  if (kept.step !== step) yield { type: 'evaluation', stage, ...kept, kept: true };
}

interface ShareOptions {
  readonly plan: BatchPlan;
  readonly stage: string;
  readonly group: ProcessGroup;
  /** How gradients are summed. */
  readonly sums: string;
}

/** Says who does what. Throws BezoarError BAD_CONFIG when there is not enough for everybody. */
function* describeShares({ plan, stage, group, sums }: ShareOptions): Generator<RunEvent> {
  const { size } = group;
  const micro = plan.step(0).length;
  if (micro < size) {
    throw new BezoarError('BAD_CONFIG', `A step has ${micro} micro-batches for ${size} processes.`, {
      advice: `Set gradientAccumulation to ${size} or a multiple of it, and batchSize so that their product stays the same.`,
    });
  }
  yield {
    type: 'note',
    stage,
    message: `${size} processes train together, their gradients are summed through ${sums}`,
  };
  if (micro % size !== 0) {
    const message = `${micro} micro-batches of a step are not a multiple of ${size} processes: some wait for the others`;
    yield { type: 'warning', stage, message };
  }
}

function checkEvaluations({ evaluation }: RunTrainingOptions, best: BestModel | undefined): void {
  if (best === undefined || evaluation?.every !== undefined) return;
  throw new BezoarError('BAD_CONFIG', 'Early stopping and the best model need evaluations during training.', {
    advice: 'Hold rows out (evalFraction) and say how many steps lie between two evaluations (evalEvery).',
  });
}
