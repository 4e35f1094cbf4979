import type { Funnel } from '@bezoar/core';
import { promptHashes, renderDatasetCard, type CardCost } from '@bezoar/datagen';
import { columnFeatures, instructionRowColumns, readJson } from '@bezoar/formats';
import { folderSink, openFolder } from '@bezoar/formats/node';
import { isHubReference } from '@bezoar/hub';
import { rubricHash } from '@bezoar/judge';
import type { ModelStats } from '@bezoar/llm';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type {
  CleanStage,
  DatasetSource,
  EvolStage,
  FilterStage,
  LaminiStage,
  OrcaStage,
  Stage,
} from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { rubricOf } from './filter.ts';
import { funnelFileName, parquetFileName, rowsFileName, writeParquetRows } from './rows.ts';
import type { StageContext } from './stage-context.ts';

type RowsStage = LaminiStage | EvolStage | OrcaStage | CleanStage | FilterStage;

export function makesRows(stage: Stage): stage is RowsStage {
  return ['lamini', 'evol', 'orca', 'clean', 'filter'].includes(stage.kind);
}

/** What makes a data set of the rows: the Parquet file, where the recipe wants one, and the card. */
export async function publishRows(
  stage: RowsStage,
  context: StageContext,
  { unchanged = false }: { readonly unchanged?: boolean } = {},
): Promise<void> {
  const { out, recipe } = context;
  if (recipe.dataset.parquet === true && !(unchanged && existsSync(join(out, parquetFileName))))
    await writeParquetRows(out);
  await writeDatasetCard(stage, context);
}

/** README.md beside the rows: a Hub data set card with everything that the rows have gone through. */
async function writeDatasetCard(stage: RowsStage, context: StageContext): Promise<void> {
  const { recipe, out, id } = context;
  const chain = [...ancestors(stage, recipe.stages), { id, stage }];
  const funnels = await readFunnels(stage, context);
  const { license = 'unknown', languages, description } = recipe.dataset;
  const card = renderDatasetCard({
    name: recipe.name === id ? id : `${recipe.name}/${id}`,
    license,
    ...definite({ languages, description }),
    sources: allSources(chain, context).map((source) => definite(source)),
    funnels,
    costs: context.costs(chain.map((each) => each.id)).map(toCost),
    promptHashes: Object.assign({}, ...chain.map((each) => hashesOf(each.stage))) as Record<string, string>,
    features: columnFeatures(instructionRowColumns),
    splits: [
      {
        split: 'train',
        path: recipe.dataset.parquet === true ? parquetFileName : rowsFileName,
        rows: funnels.at(-1)?.kept ?? 0,
      },
    ],
  });
  await folderSink(out).write('README.md', [new TextEncoder().encode(card)]);
}

/** Those that the recipe names, and the data sets of the Hub that the rows were made from; a licence that is given goes first. */
function allSources(chain: readonly Ancestor[], { recipe, hubSource }: StageContext): DatasetSource[] {
  const { sources: named = [] } = recipe.dataset;
  const references = new Set(chain.map(({ stage }) => ('seeds' in stage ? stage.seeds : stage.rows)));
  const found = [...references].map(hubSource).filter((source) => source !== undefined);
  const others = named.filter(({ hubId }) => !found.some((source) => source.hubId === hubId));
  const license = (source: DatasetSource): string =>
    named.find(({ hubId }) => hubId === source.hubId)?.license ?? source.license;
  return [...others, ...found.map((source) => ({ ...source, license: license(source) }))];
}

interface Ancestor {
  readonly id: string;
  readonly stage: RowsStage;
}

/** The stages that the rows came through, the first one first. */
function ancestors(stage: RowsStage, stages: Readonly<Record<string, Stage>>): Ancestor[] {
  if (!('judges' in stage) && stage.kind !== 'clean') return [];
  const parent = stages[stage.rows];
  if (parent === undefined || !makesRows(parent)) return [];
  return [...ancestors(parent, stages), { id: stage.rows, stage: parent }];
}

/** Those of the stages before, or of the command that wrote the file, and its own. */
async function readFunnels(stage: RowsStage, context: StageContext): Promise<Funnel[]> {
  const folders: string[] = [context.out];
  for (let each: Stage | undefined = stage; each?.kind === 'clean' || each?.kind === 'filter';) {
    if (!isHubReference(each.rows)) folders.unshift(dirname(context.rowsFiles(each.rows)[0]!));
    each = context.recipe.stages[each.rows];
  }
  const found = await Promise.all(
    folders.map((folder) => readJson(openFolder(folder), funnelFileName).catch(() => undefined)),
  );
  return found.filter((funnel) => funnel !== undefined) as Funnel[];
}

function hashesOf(stage: RowsStage): Record<string, string> {
  if (stage.kind === 'clean') return {};
  return stage.kind === 'filter'
    ? { 'filter/rubric': rubricHash(rubricOf(stage)) }
    : promptHashes(stage.kind);
}

function toCost({ model, calls, inputTokens, outputTokens, cost, unpriced }: ModelStats): CardCost {
  return { model, calls, inputTokens, outputTokens, ...(unpriced === 0 ? { usd: cost } : {}) };
}
