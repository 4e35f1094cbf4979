import { BezoarError } from '@bezoar/core';
import { isHubReference } from '@bezoar/hub';
import { checkPublish } from './check-publish.ts';
import { hasAdapter } from './has-adapter.ts';
import { suggestName } from './suggest-name.ts';
import type { EvalStage, Recipe, Stage, TaskChoice } from './recipe.ts';

const rowKinds: readonly Stage['kind'][] = ['lamini', 'orca', 'evol', 'clean', 'filter'];
const modelKinds: readonly Stage['kind'][] = ['sft', 'dpo', 'merge'];

/**
 * Checks that every name in a recipe means something that is there when it is needed: stages before their use and of the
 * right kind, chat models, metrics. Throws BezoarError BAD_CONFIG.
 */
export function checkReferences(recipe: Recipe): void {
  const earlier: [string, Stage][] = [];
  for (const [id, stage] of Object.entries(recipe.stages)) {
    checkStage({ recipe, id, stage, earlier });
    earlier.push([id, stage]);
  }
  checkPublish(recipe);
  const evaluated = earlier.flatMap(([, stage]) => evaluatedModels(stage));
  for (const { metric, better, than } of recipe.expect) {
    for (const model of [better, than]) {
      if (!evaluated.includes(model))
        throw misfit(`expect ${metric}: no eval stage evaluates ${model}`, suggestName(model, evaluated));
    }
    const metrics = metricPrefixes(earlier);
    const [task = ''] = metric.split('/');
    if (!metrics.includes(task))
      throw misfit(`expect: no eval stage has a task ${task}`, suggestName(task, metrics));
  }
}

/** The names under which a stage has scores. */
function evaluatedModels(stage: Stage): readonly string[] {
  if (stage.kind === 'eval') return [...stage.models, ...(stage.served ?? [])];
  if (stage.kind !== 'mt-bench') return [];
  const { models = [], served = [], names = {} } = stage;
  return [...models.map((name) => names[name] ?? name), ...served];
}

interface Place {
  readonly recipe: Recipe;
  readonly id: string;
  readonly stage: Stage;
  readonly earlier: readonly (readonly [string, Stage])[];
}

function checkStage({ recipe, id, stage, earlier }: Place): void {
  const named = (kinds: readonly Stage['kind'][]): string[] =>
    earlier.filter(([, { kind }]) => kinds.includes(kind)).map(([name]) => name);
  const needModel = (name: string): void => {
    const known = ['base', ...named(modelKinds)];
    if (!known.includes(name)) {
      const why =
        recipe.stages[name] === undefined
          ? 'there is no such model stage'
          : 'it stands later or makes no model';
      throw misfit(`stage ${id}: ${name} cannot be used as a model: ${why}`, suggestName(name, known));
    }
    if (recipe.base === undefined) {
      throw misfit(
        `stage ${id} needs a local model, and the recipe has no base`,
        'Add base: ./model-folder.',
      );
    }
  };
  const needChat = (name: string): void => {
    const known = Object.keys(recipe.models);
    if (!known.includes(name))
      throw misfit(`stage ${id}: there is no chat model ${name}`, suggestName(name, known));
  };
  const needRows = (rows: string): void => {
    const known = named(rowKinds);
    if (known.includes(rows) || isFile(rows)) return;
    throw misfit(
      `stage ${id}: ${rows} is neither a stage before it that makes rows nor a file`,
      suggestName(rows, known),
    );
  };
  const needEvaluation = (name: string): void => {
    if (isFile(name) || recipe.stages[name]?.kind === 'eval') return;
    const known = Object.keys(recipe.stages).filter((each) => recipe.stages[each]!.kind === 'eval');
    throw misfit(`stage ${id}: ${name} is neither an eval stage nor a file`, suggestName(name, known));
  };
  if (id === 'base') throw misfit('a stage is called base', 'Choose another name: base is the base model.');
  switch (stage.kind) {
    case 'lamini':
    case 'orca':
      needChat(stage.model);
      return;
    case 'evol':
      needChat(stage.model);
      if (stage.judge !== undefined) needChat(stage.judge);
      return;
    case 'clean':
      needRows(stage.rows);
      stage.against?.forEach(needEvaluation);
      return;
    case 'filter':
      needRows(stage.rows);
      stage.judges.forEach(needChat);
      return;
    case 'sft':
      needModel(stage.from);
      if ((stage.rows === undefined) === (stage.preferences === undefined))
        throw misfit(`stage ${id} needs either rows or preferences`, 'Give one of them.');
      if (stage.rows !== undefined) needRows(stage.rows);
      return;
    case 'dpo':
      needModel(stage.from);
      if (stage.reference !== undefined && !isFile(stage.reference)) needModel(stage.reference);
      return;
    case 'merge':
      needModel(stage.from);
      if (!hasAdapter(stage.from, recipe))
        throw misfit(`stage ${id}: ${stage.from} has no adapter to merge`, 'Merge an sft or dpo stage.');
      if (stage.rows !== undefined) needRows(stage.rows);
      return;
    case 'export':
      needModel(stage.from);
      return;
    case 'eval':
      if (stage.tasks.length === 0 && stage.preferences === undefined)
        throw misfit(`stage ${id} has nothing to evaluate`, 'Give tasks or preferences.');
      if (stage.models.length + (stage.served ?? []).length === 0)
        throw misfit(`stage ${id} evaluates no model`, 'Give models or served.');
      if (stage.served !== undefined && stage.preferences !== undefined)
        throw misfit(`stage ${id}: preferences need local models`, 'Evaluate served models on tasks alone.');
      checkTaskNames(id, stage);
      stage.models.forEach(needModel);
      stage.served?.forEach(needChat);
      return;
    case 'mt-bench': {
      const { models = [], served = [], judge } = stage;
      models.forEach(needModel);
      served.forEach(needChat);
      if (judge !== undefined) needChat(judge);
      return;
    }
  }
}

/** Scores and result files go by the task's name. */
function checkTaskNames(id: string, { tasks, preferences }: EvalStage): void {
  const names = tasks.map(taskName);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined)
    throw misfit(`stage ${id}: two tasks are called ${twice}`, 'Give one of them another name.');
  if (preferences !== undefined && names.includes('preference'))
    throw misfit(
      `stage ${id}: a task is called preference`,
      'Give it another name: the pairs have this one.',
    );
}

function taskName({ name, kind }: TaskChoice): string {
  return name ?? kind;
}

/** A file says so by a dot or a slash, a data set of the Hub by `hub:`; stage names rarely have either. */
export function isFile(reference: string): boolean {
  return isHubReference(reference) || reference.includes('/') || /\.(jsonl?(\.gz)?|parquet)$/.test(reference);
}

function metricPrefixes(stages: readonly (readonly [string, Stage])[]): string[] {
  return stages.flatMap(([, stage]) => {
    if (stage.kind === 'mt-bench') return ['mt_bench'];
    if (stage.kind !== 'eval') return [];
    return [...stage.tasks.map(taskName), ...(stage.preferences === undefined ? [] : ['preference'])];
  });
}

function misfit(message: string, advice: string): BezoarError {
  return new BezoarError('BAD_CONFIG', `Recipe: ${message}.`, { advice });
}
