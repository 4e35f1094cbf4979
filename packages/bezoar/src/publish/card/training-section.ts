import { markdownTable } from '@bezoar/datagen';
import { defaultKto, resolveDpoConfig } from '@bezoar/dpo';
import { defaultSft } from '@bezoar/qlora';
import { formatNumber } from '../../report/format-number.ts';
import type { StageRecord } from '../stage-record.ts';
import type { ModelCard } from './model-card.ts';
import { isTraining } from './trained-on.ts';

type Settings = Readonly<Record<string, unknown>>;

/** One column for each training: what was set, defaults included, and how it went. */
export function trainingSection({ lineage }: ModelCard): string[] {
  const trainings = lineage.filter(isTraining);
  if (trainings.length === 0) return [];
  const columns = trainings.map((record) => ({ ...settingRows(record), ...resultRows(record) }));
  const names = [...new Set(columns.flatMap((column) => Object.keys(column)))];
  const rows = names.map((name) => [name, ...columns.map((column) => column[name] ?? '–')]);
  const adapter = trainings.findLast(({ settings }) => methodOf(settings) === 'lora');
  return [
    '## Training',
    markdownTable(['', ...trainings.map(({ id }) => id)], rows),
    ...adapterText(adapter?.settings),
  ];
}

function part(settings: Settings | undefined, name: string): Settings {
  const value = settings?.[name];
  return typeof value === 'object' && value !== null ? (value as Settings) : {};
}

function methodOf(settings: Settings | undefined): 'lora' | 'full' {
  return part(settings, 'stage')['method'] === 'full' ? 'full' : 'lora';
}

/** The stage's own settings over the recipe's, over the defaults. */
function effective({ kind, settings }: StageRecord): Settings {
  const stage = part(settings, 'stage');
  const given = { ...part(settings, 'training'), ...stage };
  if (kind === 'sft') return { ...defaultSft, ...given };
  if (stage['loss'] === 'kto') return { ...defaultKto, ...given };
  const { loss, beta } = stage as Parameters<typeof resolveDpoConfig>[0] & Settings;
  return {
    ...resolveDpoConfig({ ...(loss === undefined ? {} : { loss }), ...(beta === undefined ? {} : { beta }) }),
    ...given,
  };
}

function settingRows(record: StageRecord): Record<string, string> {
  const { settings, kind } = record;
  if (settings === undefined) return {};
  const all = effective(record);
  const number = (name: string): number | undefined =>
    typeof all[name] === 'number' ? all[name] : undefined;
  const [batch = 1, accumulated = 1] = [number('batchSize'), number('gradientAccumulation')];
  const warmup = number('warmupSteps');
  const rows: Record<string, string | undefined> = {
    method: methodOf(settings) === 'full' ? `${kind}, every weight` : `${kind}, LoRA`,
    loss: kind === 'dpo' ? `${String(all['loss'])}, β ${String(all['beta'])}` : undefined,
    length: number('maxSteps') === undefined ? `${number('epochs')} epochs` : `${number('maxSteps')} steps`,
    'learning rate': String(number('learningRate')),
    schedule: `${String(all['schedule'])}, warm-up ${warmup === undefined ? `${100 * number('warmupRatio')!} %` : `${warmup} steps`}`,
    'batch × accumulation': `${batch} × ${accumulated} = ${batch * accumulated}`,
    'weight decay': String(number('weightDecay')),
    'greatest gradient norm': String(number('maxGradNorm')),
    'greatest length': number('maxLength') === undefined ? undefined : `${number('maxLength')} tokens`,
    optimizer: typeof all['optimizer'] === 'string' ? all['optimizer'] : 'adamw',
    seed: typeof settings['seed'] === 'number' ? String(settings['seed']) : undefined,
  };
  return Object.fromEntries(Object.entries(rows).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

function resultRows({ history }: StageRecord): Record<string, string> {
  const last = history?.steps.at(-1);
  if (history === undefined || last === undefined) return {};
  const evaluation = (history.kept ?? history.evaluations.at(-1))?.metrics['eval_loss'];
  const tokens = history.steps.reduce((sum, step) => sum + step.tokens, 0);
  return {
    steps: String(last.step),
    tokens: String(tokens),
    'last loss': formatNumber(last.loss),
    'held-out loss': evaluation === undefined ? '–' : formatNumber(evaluation),
  };
}

function adapterText(settings: Settings | undefined): string[] {
  if (settings === undefined) return [];
  const { r, loraAlpha, loraDropout, targetModules } = part(settings, 'lora');
  const targets = Array.isArray(targetModules) ? targetModules.join(', ') : String(targetModules);
  return [
    `LoRA: rank ${String(r)}, α ${String(loraAlpha)}, dropout ${String(loraDropout)}, on ${targets}; the base in ${String(settings['weights'])}.`,
  ];
}
