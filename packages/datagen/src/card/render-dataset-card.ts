import { BezoarError, type Funnel } from '@bezoar/core';
import { formatPrice } from './format-price.ts';
import { funnelTable } from './funnel-table.ts';
import { markdownTable } from './markdown-table.ts';
import { yamlBlock, type YamlMap } from './yaml-block.ts';

export interface CardSource {
  readonly name: string;
  readonly license: string;
  readonly url?: string;
  /** Its id on the Hugging Face Hub, for the header: `databricks/databricks-dolly-15k`. */
  readonly hubId?: string;
}

export interface CardCost {
  readonly model: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In US dollars; a model of one's own has no price. */
  readonly usd?: number;
}

export interface CardSplit {
  readonly split: string;
  /** Relative to the card, for example `data/train-00000-of-00001.parquet`. */
  readonly path: string;
  readonly rows: number;
}

export interface DatasetCardOptions {
  readonly name: string;
  /** The identifier that the Hub knows (`apache-2.0`, `cc-by-sa-3.0`, …), or `other`. */
  readonly license: string;
  /** In the order of the stages. */
  readonly funnels: readonly Funnel[];
  readonly costs?: readonly CardCost[];
  /** Hash by name of the prompt: rows made with another wording are another data set. */
  readonly promptHashes: Readonly<Record<string, string>>;
  readonly sources: readonly CardSource[];
  readonly splits: readonly CardSplit[];
  /** Columns, in the form of `dataset_info.features`: `columnFeatures` of `@bezoar/formats`. Readers guess them otherwise. */
  readonly features?: readonly YamlMap[];
  /** ISO 639-1 codes; English by default. */
  readonly languages?: readonly string[];
  readonly tags?: readonly string[];
  /** A paragraph in Markdown. */
  readonly description?: string;
}

/**
 * The README.md of a data set on the Hugging Face Hub: its YAML header, and what a reader needs to trust the rows: how many
 * entered and left each stage and why, what they cost, which prompts made them, and from which sources under which
 * licences. Throws BezoarError BAD_CONFIG without a split.
 */
export function renderDatasetCard(options: DatasetCardOptions): string {
  if (options.splits.length === 0)
    throw new BezoarError('BAD_CONFIG', `The card of ${options.name} has no split.`, {
      advice: 'Name at least one file with its number of rows.',
    });
  const sections = [
    `# ${options.name}`,
    options.description ?? 'Synthetic instruction data, generated and filtered with Bezoar.',
    '## Splits',
    markdownTable(
      ['split', 'file', 'rows'],
      options.splits.map(({ split, path, rows }) => [split, path, rows]),
    ),
    ...funnelSection(options.funnels),
    ...costSection(options.costs ?? []),
    ...promptSection(options.promptHashes),
    ...sourceSection(options.sources),
  ];
  return `---\n${yamlBlock(header(options))}---\n\n${sections.join('\n\n')}\n`;
}

function header({
  name,
  license,
  sources,
  splits,
  languages = ['en'],
  tags = [],
  features = [],
}: DatasetCardOptions): YamlMap {
  return {
    language: languages,
    license,
    pretty_name: name,
    tags: [...new Set(['synthetic', 'bezoar', ...tags])],
    annotations_creators: ['machine-generated'],
    language_creators: ['machine-generated'],
    size_categories: [sizeCategory(splits.reduce((sum, { rows }) => sum + rows, 0))],
    source_datasets: sources.flatMap(({ hubId }) => (hubId === undefined ? [] : [hubId])),
    task_categories: ['text-generation'],
    configs: [{ config_name: 'default', data_files: splits.map(({ split, path }) => ({ split, path })) }],
    dataset_info: {
      features,
      splits: splits.map(({ split, rows }) => ({ name: split, num_examples: rows })),
    },
  };
}

/** The Hub's classes of size. */
function sizeCategory(rows: number): string {
  const steps = [
    [1e3, 'n<1K'],
    [1e4, '1K<n<10K'],
    [1e5, '10K<n<100K'],
    [1e6, '100K<n<1M'],
    [1e7, '1M<n<10M'],
    [1e8, '10M<n<100M'],
    [1e9, '100M<n<1B'],
  ] as const;
  return steps.find(([limit]) => rows < limit)?.[1] ?? 'n>1B';
}

function funnelSection(funnels: readonly Funnel[]): string[] {
  if (funnels.length === 0) return [];
  return ['## Where the rows went', funnelTable(funnels)];
}

function costSection(costs: readonly CardCost[]): string[] {
  if (costs.length === 0) return [];
  const rows = costs.map(({ model, calls, inputTokens, outputTokens, usd }) => [
    model,
    calls,
    inputTokens,
    outputTokens,
    formatPrice(usd),
  ]);
  return ['## What it cost', markdownTable(['model', 'calls', 'input tokens', 'output tokens', 'US$'], rows)];
}

function promptSection(hashes: Readonly<Record<string, string>>): string[] {
  const rows = Object.entries(hashes).map(([name, hash]) => [name, `\`${hash}\``]);
  return rows.length === 0 ? [] : ['## Prompts', markdownTable(['prompt', 'hash'], rows)];
}

function sourceSection(sources: readonly CardSource[]): string[] {
  if (sources.length === 0) return [];
  const rows = sources.map(({ name, license, url }) => [
    url === undefined ? name : `[${name}](${url})`,
    license,
  ]);
  return ['## Sources', markdownTable(['source', 'licence'], rows)];
}
