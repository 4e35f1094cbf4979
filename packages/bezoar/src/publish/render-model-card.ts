import type { Funnel } from '@bezoar/core';
import { formatPrice, funnelTable, markdownTable } from '@bezoar/datagen';
import { basename, isAbsolute } from 'node:path';
import { stringify } from 'yaml';
import { formatNumber } from '../report/format-number.ts';
import type { ScoredTask } from './read-scores.ts';
import { inputsOf, type StageRecord } from './stage-record.ts';

/** What a model is to its base: an adapter beside it, another model, or the same one in fewer bits. */
export type ModelForm = 'adapter' | 'finetune' | 'quantized';

export interface ModelCardOptions {
  /** `org/name` */
  readonly name: string;
  readonly license: string;
  readonly form: ModelForm;
  /** On the Hub. */
  readonly base: string | undefined;
  /** The stages that the model came through, the first one first. */
  readonly lineage: readonly StageRecord[];
  readonly scores: readonly ScoredTask[];
}

const libraries: Readonly<Record<ModelForm, string | undefined>> = {
  adapter: 'peft',
  finetune: 'transformers',
  quantized: undefined,
};

/**
 * The README.md of a model on the Hugging Face Hub: its YAML header, and how the model was made: the stages with their settings, which rows
 * were kept, what was paid, what evaluations found and what they do not say. The same run gives the same card.
 */
export function renderModelCard(options: ModelCardOptions): string {
  const { name, lineage, scores } = options;
  const sections = [
    `# ${name}`,
    introduction(options),
    ...stageSection(lineage),
    ...settingsSection(lineage),
    ...trainingSection(lineage),
    ...funnelSection(lineage),
    ...costSection(lineage),
    ...scoreSection(scores),
    '## Limits',
    limits(options),
  ];
  return `---\n${stringify(header(options), { lineWidth: 0 })}---\n\n${sections.join('\n\n')}\n`;
}

function header({ name, license, form, base, lineage, scores }: ModelCardOptions): Record<string, unknown> {
  const library = libraries[form];
  const kinds = lineage.map(({ kind }) => kind).filter((kind) => kind === 'sft' || kind === 'dpo');
  const datasets = [...new Set(lineage.flatMap(hubDatasets))];
  return {
    license,
    ...(library === undefined ? {} : { library_name: library }),
    pipeline_tag: 'text-generation',
    tags: [
      ...new Set([
        'bezoar',
        ...kinds,
        ...(form === 'adapter' ? ['lora'] : []),
        ...(form === 'quantized' ? ['gguf'] : []),
      ]),
    ],
    ...(base === undefined ? {} : { base_model: base, base_model_relation: form }),
    ...(datasets.length === 0 ? {} : { datasets }),
    ...(scores.length === 0 ? {} : { 'model-index': [{ name, results: scores }] }),
  };
}

/** Names of data sets on the Hub that a stage has read. */
function hubDatasets(record: StageRecord): string[] {
  return inputsOf(record).flatMap((name) => /^hub:([\w.-]+(?:\/[\w.-]+)?)/.exec(name)?.[1] ?? []);
}

function introduction({ form, base }: ModelCardOptions): string {
  const what = {
    adapter: 'An adapter (PEFT) for',
    finetune: 'A model made from',
    quantized: 'GGUF files made from',
  }[form];
  const from =
    base === undefined ? 'a base model that is not on the Hub' : `[${base}](https://huggingface.co/${base})`;
  return `${what} ${from}, trained with Bezoar.`;
}

function stageSection(lineage: readonly StageRecord[]): string[] {
  if (lineage.length === 0) return [];
  const rows = lineage.map((record) => [
    record.id,
    record.kind,
    inputsOf(record).map(shown).join(', '),
    `\`${record.fingerprint.slice(0, 16)}\``,
  ]);
  return [
    '## How it was made',
    markdownTable(['stage', 'kind', 'from', 'hash'], rows),
    'A hash is over all settings and inputs of a stage: equal hashes make equal results.',
  ];
}

function settingsSection(lineage: readonly StageRecord[]): string[] {
  const known = lineage.filter(({ settings }) => settings !== undefined);
  if (known.length === 0) return [];
  const text = known
    .map(({ id, settings, models }) =>
      stringify(
        { [id]: withoutPaths({ ...settings, ...(models === undefined ? {} : { models }) }) },
        { lineWidth: 0 },
      ),
    )
    .join('');
  return ['## Settings', `\`\`\`yaml\n${text}\`\`\``];
}

/** Where files lay on the machine is nobody's business. */
function withoutPaths(value: unknown): unknown {
  if (typeof value === 'string') return shown(value);
  if (Array.isArray(value)) return value.map(withoutPaths);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutPaths(each)]));
}

function shown(name: string): string {
  const [, scheme = '', path = name] = /^(script:)?(.*)$/s.exec(name) ?? [];
  return isAbsolute(path) ? `${scheme}${basename(path)}` : name;
}

function trainingSection(lineage: readonly StageRecord[]): string[] {
  const rows = lineage.flatMap(({ id, history }) => {
    const last = history?.steps.at(-1);
    if (history === undefined || last === undefined) return [];
    const evaluation = (history.kept ?? history.evaluations.at(-1))?.metrics['eval_loss'];
    const tokens = history.steps.reduce((sum, step) => sum + step.tokens, 0);
    return [
      [
        id,
        last.step,
        tokens,
        formatNumber(last.loss),
        evaluation === undefined ? '–' : formatNumber(evaluation),
      ],
    ];
  });
  if (rows.length === 0) return [];
  return ['## Training', markdownTable(['stage', 'steps', 'tokens', 'last loss', 'held-out loss'], rows)];
}

function funnelSection(lineage: readonly StageRecord[]): string[] {
  const funnels = lineage.flatMap(({ history }): readonly Funnel[] =>
    history?.funnel === undefined ? [] : [history.funnel],
  );
  if (funnels.length === 0) return [];
  return ['## Where the rows went', funnelTable(funnels)];
}

function costSection(lineage: readonly StageRecord[]): string[] {
  const rows = lineage.flatMap(({ id, history }) => {
    const usage = history?.usage;
    if (usage === undefined) return [];
    const { calls, inputTokens, outputTokens, cost, unpriced = 0 } = usage;
    const price = formatPrice(unpriced > 0 ? undefined : cost);
    return [[id, calls, inputTokens, outputTokens, price]];
  });
  if (rows.length === 0) return [];
  return [
    '## What chat models cost',
    markdownTable(['stage', 'calls', 'input tokens', 'output tokens', 'US$'], rows),
  ];
}

function scoreSection(scores: readonly ScoredTask[]): string[] {
  if (scores.length === 0) return [];
  const rows = scores.flatMap(({ dataset, metrics }) =>
    metrics.map(({ name, value, args }) => [
      dataset.name,
      dataset.args?.num_few_shot ?? '–',
      name,
      value.toFixed(4),
      args?.stderr === undefined ? '–' : args.stderr.toFixed(4),
    ]),
  );
  return ['## Evaluation', markdownTable(['task', 'shots', 'metric', 'value', 'standard error'], rows)];
}

function limits({ base, lineage, scores }: ModelCardOptions): string {
  const isSynthetic = lineage.some(({ kind }) => ['lamini', 'evol', 'orca'].includes(kind));
  return [
    scores.length === 0
      ? '- It has not been evaluated.'
      : '- The scores hold for these tasks, with these prompts and shots; a difference smaller than two standard errors says little.',
    ...(isSynthetic
      ? ['- It was trained on texts that other models wrote, and may repeat their mistakes.']
      : []),
    `- Whatever its base model cannot do or gets wrong${base === undefined ? '' : `, see the card of ${base}`}, is to be expected of it too.`,
    '- It has not been tested for safety.',
  ].join('\n');
}
