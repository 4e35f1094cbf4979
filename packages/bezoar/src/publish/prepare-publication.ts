import { BezoarError } from '@bezoar/core';
import { readJson, readText } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import type { HubRepo } from '@bezoar/hub';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { licenseOf, withLicense } from './card-license.ts';
import type { ModelForm, PublishedTogether } from './card/model-card.ts';
import { renderModelCard } from './card/render-model-card.ts';
import { renderRowsCard } from './card/rows-card.ts';
import { readEvaluations } from './evaluations/read-evaluations.ts';
import type { ReleaseLinks } from './release/release-links.ts';
import type { Release } from './release/release.ts';
import { readLineage } from './stage-record.ts';

export interface PublicationOptions {
  /** Of a stage, or any model or data set. */
  readonly folder: string;
  /** `org/name` */
  readonly name: string;
  /** By the folder's files by default. */
  readonly type?: HubRepo['type'] | undefined;
  readonly license?: string | undefined;
  /** On the Hub. By what the folder says by default. */
  readonly base?: string | undefined;
  /** Folders of evaluations beside those of the run. */
  readonly evaluations: readonly string[];
  /** A paragraph in Markdown for the card. */
  readonly description?: string | undefined;
  /** What it is published together with. */
  readonly release?: (Release & { readonly links: ReleaseLinks }) | undefined;
}

export interface Publication {
  readonly type: HubRepo['type'];
  /** README.md, as it will be. */
  readonly card: string;
  readonly license: string | undefined;
  /** What is published in place of the folder's own. */
  readonly contents: Readonly<Record<string, string>>;
  readonly exclude: readonly string[];
}

/** What runs keep for themselves, in stage folders and in run folders. */
const ownFiles = [
  'stage.json',
  'started.json',
  'checkpoint/**',
  'events.jsonl',
  'report.html',
  'answers.jsonl',
  '*.sqlite',
  '*.sqlite-{wal,shm}',
  'tensorboard/**',
  'wandb/**',
];
const cardName = 'README.md';
const adapterConfig = 'adapter_config.json';

/**
 * Decides what of a folder is published: its card, or one made from its run, and an adapter's config that names its base on the Hub.
 * Throws BezoarError BAD_CONFIG for a folder that is neither model nor data set, and for an adapter whose base is not known to the Hub.
 */
export async function preparePublication(options: PublicationOptions): Promise<Publication> {
  const { folder, license } = options;
  const source = openFolder(folder);
  const files = await source.list();
  const type = options.type ?? typeOf(folder, files);
  const config = files.includes(adapterConfig) ? await publicConfig(options) : undefined;
  const ownCard = files.includes(cardName) ? await readText(source, cardName) : undefined;
  const found = license ?? (ownCard === undefined ? undefined : licenseOf(ownCard));
  const card = await cardOf({ ...options, type, files, config }, ownCard);
  const contents = {
    ...(card === ownCard ? {} : { [cardName]: card }),
    ...(config === undefined || !config.isChanged ? {} : { [adapterConfig]: config.text }),
  };
  return { type, card, license: found, contents, exclude: ownFiles };
}

function typeOf(folder: string, files: readonly string[]): HubRepo['type'] {
  if (files.some((name) => name === adapterConfig || name === 'config.json' || name.endsWith('.gguf')))
    return 'model';
  if (files.some((name) => name === 'rows.jsonl' || name.endsWith('.parquet'))) return 'dataset';
  throw new BezoarError('BAD_CONFIG', `${folder} holds neither a model nor rows.`, {
    advice: 'Name the folder of one stage, as in runs/x/dpo, or say what it is with --type.',
  });
}

interface PublicConfig {
  readonly base: string;
  readonly text: string;
  readonly isChanged: boolean;
}

/** A path of this machine means nothing elsewhere. */
async function publicConfig({ folder, base, release }: PublicationOptions): Promise<PublicConfig> {
  const config = (await readJson(openFolder(folder), adapterConfig)) as Record<string, unknown>;
  const own = config['base_model_name_or_path'];
  const named = typeof own === 'string' && isHubName(own) && !existsSync(resolve(own)) ? own : undefined;
  const public_ = base ?? release?.links.base ?? named;
  if (public_ === undefined) {
    throw new BezoarError(
      'BAD_CONFIG',
      `The adapter in ${folder} names a folder of this machine as its base model.`,
      {
        advice: 'Name the model that others can load: --base-model org/name.',
      },
    );
  }
  const text = `${JSON.stringify({ ...config, base_model_name_or_path: public_ }, undefined, 2)}\n`;
  return { base: public_, text, isChanged: public_ !== own };
}

function isHubName(name: string): boolean {
  return /^[\w.-]+\/[\w.-]+$/.test(name);
}

interface CardInputs extends PublicationOptions {
  readonly type: HubRepo['type'];
  readonly files: readonly string[];
  readonly config: PublicConfig | undefined;
}

/** The folder's own card, which those of rows are, or one that is made from the run. */
async function cardOf(inputs: CardInputs, own: string | undefined): Promise<string> {
  const { folder, name, license, type, release, description } = inputs;
  if (type === 'model' && own === undefined) return modelCard(inputs);
  // Stages write the cards of their rows themselves.
  const card = own ?? withLicense(`# ${name}\n`, license ?? 'unknown');
  if (type === 'model' || release === undefined || license === undefined)
    return license === undefined ? card : withLicense(card, license);
  const lineage = await readLineage(resolve(folder));
  const named = release.recipe.dataset.sources ?? [];
  return renderRowsCard({
    ...{ card, name, license, description },
    sources: [...named, ...lineage.flatMap(({ sources }) => sources)],
    models: release.links.trained.map(({ repo }) => repo.name),
  });
}

async function modelCard(inputs: CardInputs): Promise<string> {
  const {
    folder,
    name,
    license = 'unknown',
    base,
    evaluations,
    files,
    config,
    release,
    description,
  } = inputs;
  const lineage = await readLineage(resolve(folder));
  const links = release?.links;
  return renderModelCard({
    ...{ name, license, description, lineage },
    form: formOf(files),
    base: base ?? config?.base ?? links?.base ?? lineage.at(-1)?.base,
    root: release?.base ?? lineage.find((record) => record.base !== undefined)?.base,
    languages: release?.recipe.dataset.languages,
    evaluations: await readEvaluations({ lineage, merged: links?.merged?.stage, folders: evaluations }),
    together: new Map(
      (release?.entries ?? []).map(({ stage, repo, license: its }): [string, PublishedTogether] => [
        stage,
        { ...repo, license: its },
      ]),
    ),
    adapter: links?.adapter?.repo.name,
    merged: links?.merged?.repo.name,
  });
}

function formOf(files: readonly string[]): ModelForm {
  if (files.includes(adapterConfig)) return 'adapter';
  return files.some((name) => name.endsWith('.gguf')) ? 'quantized' : 'finetune';
}
