import type { Funnel } from '@bezoar/core';
import { promptHashes, renderDatasetCard, type CardCost } from '@bezoar/datagen';
import { readJson } from '@bezoar/formats';
import { folderSink, openFolder } from '@bezoar/formats/node';
import { rubricHash } from '@bezoar/judge';
import type { ModelStats } from '@bezoar/llm';
import { dirname } from 'node:path';
import type { CleanStage, EvolStage, FilterStage, LaminiStage, OrcaStage, Stage } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { funnelFileName, rowsFileName } from './rows.ts';
import type { StageContext } from './stage-context.ts';

type RowsStage = LaminiStage | EvolStage | OrcaStage | CleanStage | FilterStage;

export function makesRows(stage: Stage): stage is RowsStage {
  return ['lamini', 'evol', 'orca', 'clean', 'filter'].includes(stage.kind);
}

/** README.md beside the rows: a Hub data set card with everything that the rows have gone through. */
export async function writeDatasetCard(stage: RowsStage, context: StageContext): Promise<void> {
  const { recipe, out, id } = context;
  const chain = [...ancestors(stage, recipe.stages), { id, stage }];
  const funnels = await readFunnels(stage, context);
  const { license = 'unknown', languages, description, sources = [] } = recipe.dataset;
  const card = renderDatasetCard({
    name: recipe.name === id ? id : `${recipe.name}/${id}`,
    license,
    ...definite({ languages, description }),
    sources: sources.map((source) => definite(source)),
    funnels,
    costs: context.costs(chain.map((each) => each.id)).map(toCost),
    promptHashes: Object.assign({}, ...chain.map((each) => hashesOf(each.stage))) as Record<string, string>,
    splits: [{ split: 'train', path: rowsFileName, rows: funnels.at(-1)?.kept ?? 0 }],
  });
  await folderSink(out).write('README.md', [new TextEncoder().encode(card)]);
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
    folders.unshift(dirname(context.rowsFile(each.rows)));
    each = context.recipe.stages[each.rows];
  }
  const found = await Promise.all(
    folders.map((folder) => readJson(openFolder(folder), funnelFileName).catch(() => undefined)),
  );
  return found.filter((funnel) => funnel !== undefined) as Funnel[];
}

function hashesOf(stage: RowsStage): Record<string, string> {
  if (stage.kind === 'clean') return {};
  return stage.kind === 'filter' ? { 'filter/rubric': rubricHash() } : promptHashes(stage.kind);
}

function toCost({ model, calls, inputTokens, outputTokens, cost, unpriced }: ModelStats): CardCost {
  return { model, calls, inputTokens, outputTokens, ...(unpriced === 0 ? { usd: cost } : {}) };
}
