import { BezoarError, type RunEvent } from '@bezoar/core';
import {
  adapterOffReference,
  createReference,
  precomputeReference,
  type EncodedSide,
  type Reference,
  type ReferenceIdentity,
} from '@bezoar/dpo';
import { readAdapterFolder } from '@bezoar/formats';
import { folderSink, openFolder } from '@bezoar/formats/node';
import { isHubReference } from '@bezoar/hub';
import { loadLoraAdapter, withAdapter, type CausalLM } from '@bezoar/model';
import { basename, dirname, join } from 'node:path';
import { isFile } from '../recipe/check-references.ts';
import type { DpoStage } from '../recipe/recipe.ts';
import { isUrl } from '../run/url-file.ts';
import { checkModel } from './check-model.ts';
import { openModel, type LocalModel } from './local-model.ts';
import { referenceIdentity } from './reference-identity.ts';
import type { ModelFolders, StageContext } from './stage-context.ts';

export interface OpenReferenceOptions {
  readonly stage: DpoStage;
  readonly context: StageContext;
  /** Of the policy. */
  readonly base: ModelFolders;
  readonly local: LocalModel;
  /** Everything that training and evaluation will ask about. */
  readonly sides: readonly EncodedSide[];
}

export interface OpenedReference {
  readonly reference: Reference;
  dispose(): void;
}

/**
 * What the policy is compared with: itself with the adapter off, or another model; as it trains, or from log-probabilities that are
 * computed before, in which case no other model stays in memory.
 */
export async function* openReference(
  options: OpenReferenceOptions,
): AsyncGenerator<RunEvent, OpenedReference> {
  const { stage, context, base, local, sides } = options;
  const folders = await foldersOf(options);
  const identify = (): Promise<ReferenceIdentity> =>
    referenceIdentity({
      folders,
      context,
      tokenizer: base.folder,
      data: context.files(stage.preferences),
    });
  let other: { readonly model: CausalLM; dispose(): void } | undefined;
  const open = async (): Promise<Reference> => {
    if (stage.reference === undefined) return adapterOffReference(local.model);
    other = await openOther(folders, options);
    return createReference(other.model, JSON.stringify(await identify()));
  };
  if (stage.precomputeReference !== true) {
    return { reference: await open(), dispose: () => other?.dispose() };
  }
  const file = referenceFile(stage, context);
  const { group } = context;
  const meet = async (): Promise<void> => {
    await group?.gather(new Uint8Array(), { timeout: Infinity });
  };
  try {
    // Rank 0 computes and writes what is missing; the others find it there.
    if (group !== undefined && group.rank > 0) await meet();
    const reference = yield* precomputeReference({
      sides,
      open,
      file: { folder: bothWays(dirname(file)), name: basename(file), identity: await identify() },
      stage: context.id,
      signal: context.signal,
    });
    if (group?.rank === 0) await meet();
    return { reference, dispose: () => undefined };
  } finally {
    other?.dispose();
  }
}

/** Opens what a recipe names by its path, without weights. Throws BezoarError NOT_FOUND, BAD_FILE or UNSUPPORTED. */
export async function checkReference(path: string): Promise<void> {
  if (await isAdapter(path)) await readAdapterFolder(openFolder(path));
  else await checkModel({ folder: path });
}

/** Beside the preferences where it is not named; those on the Hub have no such place. */
function referenceFile({ referenceFile: named, preferences }: DpoStage, { out, path }: StageContext): string {
  if (named !== undefined) return path(named);
  return isHubReference(preferences) || isUrl(preferences)
    ? join(out, 'reference.jsonl')
    : path(`${preferences}.reference.jsonl`);
}

/** Where the reference lies. An adapter by its path stands on the policy's base. */
async function foldersOf({ stage, context, base }: OpenReferenceOptions): Promise<ModelFolders> {
  const { reference } = stage;
  if (reference === undefined) return { folder: base.folder };
  if (!isFile(reference)) return context.model(reference);
  const path = context.path(reference);
  return (await isAdapter(path)) ? { folder: base.folder, adapter: path } : { folder: path };
}

/** A model beside the policy; over the same base it shares the weights. */
async function openOther(
  { folder, adapter: adapterPath }: ModelFolders,
  { context, base, local }: OpenReferenceOptions,
): Promise<{ readonly model: CausalLM; dispose(): void }> {
  if (folder === base.folder) {
    const bare = withAdapter(local.model, undefined);
    const adapter =
      adapterPath === undefined ? undefined : await loadLoraAdapter(bare, openFolder(adapterPath));
    return { model: withAdapter(bare, adapter), dispose: () => adapter?.dispose() };
  }
  const { recipe } = context;
  const opened = await openModel({
    folder,
    adapter: adapterPath,
    backend: local.model.backend,
    weights: recipe.weights,
  });
  const { vocabSize } = local.model.config;
  if (opened.model.config.vocabSize === vocabSize) return opened;
  opened.dispose();
  throw new BezoarError(
    'BAD_CONFIG',
    `The reference has ${opened.model.config.vocabSize} tokens, the policy ${vocabSize}.`,
    { advice: 'A reference must have the tokenizer of the policy.', data: { folder } },
  );
}

function isAdapter(path: string): Promise<boolean> {
  return openFolder(path).exists('adapter_config.json');
}

function bothWays(path: string): ReturnType<typeof openFolder> & ReturnType<typeof folderSink> {
  return { ...openFolder(path), ...folderSink(path) };
}
