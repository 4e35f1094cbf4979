import { markdownTable } from '@bezoar/datagen';
import { defaultKto, resolveDpoConfig } from '@bezoar/dpo';
import { defaultSft } from '@bezoar/qlora';
import { formatNumber, formatSeconds } from '../../report/format-number.ts';
import type { StageRecord } from '../stage-record.ts';
import type { ModelCard } from './model-card.ts';
import { isTraining } from './trained-on.ts';

type Settings = Readonly<Record<string, unknown>>;

/** One column for each training: what was set, defaults included, and how it went. */
export function trainingSection({ lineage }: ModelCard): string[] {
  const trainings = lineage.filter(isTraining);
  if (trainings.length === 0) return [];
  const columns = trainings.map((record): Column => ({ ...settingRows(record), ...resultRows(record) }));
  const names = Object.keys({ ...noSettings, ...noResults }) as (keyof Column)[];
  const rows = names
    .filter((name) => columns.some((column) => column[name] !== undefined))
    .map((name) => [name, ...columns.map((column) => column[name] ?? '–')]);
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

type Rows<Name extends string> = Readonly<Record<Name, string | undefined>>;

/** In the order of the table. */
const noSettings = {
  method: undefined,
  loss: undefined,
  length: undefined,
  'learning rate': undefined,
  schedule: undefined,
  'batch × accumulation': undefined,
  optimizer: undefined,
  'weight decay': undefined,
  'max. gradient norm': undefined,
  'max. tokens of an example': undefined,
  seed: undefined,
};
const noResults = {
  steps: undefined,
  tokens: undefined,
  'last loss': undefined,
  'held-out loss': undefined,
  time: undefined,
};
type Column = Rows<keyof typeof noSettings> & Rows<keyof typeof noResults>;

function settingRows(record: StageRecord): Rows<keyof typeof noSettings> {
  const { settings, kind } = record;
  if (settings === undefined) return noSettings;
  const all = effective(record);
  const number = (name: string): number | undefined =>
    typeof all[name] === 'number' ? all[name] : undefined;
  const text = (name: string): string | undefined => number(name)?.toString();
  const [batch = 1, accumulated = 1] = [number('batchSize'), number('gradientAccumulation')];
  const warmup = number('warmupSteps');
  const share = formatNumber(100 * (number('warmupRatio') ?? 0));
  const [steps, epochs] = [number('maxSteps'), number('epochs')];
  return {
    method: methodOf(settings) === 'full' ? `${kind}, every weight` : `${kind}, LoRA`,
    loss:
      kind === 'dpo'
        ? `${typeof all['loss'] === 'string' ? all['loss'] : 'kto'}, β ${number('beta')}`
        : undefined,
    length: steps === undefined ? `${epochs} epoch${epochs === 1 ? '' : 's'}` : `${steps} steps`,
    'learning rate': text('learningRate'),
    schedule: `${String(all['schedule'])}, warm-up ${warmup === undefined ? `${share} %` : `${warmup} steps`}`,
    'batch × accumulation': `${batch} × ${accumulated} = ${batch * accumulated}`,
    optimizer: typeof all['optimizer'] === 'string' ? all['optimizer'] : 'adamw',
    'weight decay': text('weightDecay'),
    'max. gradient norm': text('maxGradNorm'),
    'max. tokens of an example': text('maxLength'),
    seed: typeof settings['seed'] === 'number' ? String(settings['seed']) : undefined,
  };
}

function resultRows({ history }: StageRecord): Rows<keyof typeof noResults> {
  const last = history?.steps.at(-1);
  if (history === undefined || last === undefined) return noResults;
  const evaluation = (history.kept ?? history.evaluations.at(-1))?.metrics['eval_loss'];
  const tokens = history.steps.reduce((sum, step) => sum + step.tokens, 0);
  return {
    steps: String(last.step),
    tokens: String(tokens),
    'last loss': formatNumber(last.loss),
    'held-out loss': evaluation === undefined ? undefined : formatNumber(evaluation),
    time: history.seconds === 0 ? undefined : formatSeconds(history.seconds),
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
