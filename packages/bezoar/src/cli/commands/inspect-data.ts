import { BezoarError, parseOrThrow } from '@bezoar/core';
import { join, resolve } from 'node:path';
import { inspectTokens, type InspectedRow } from '../../inspect/inspect-row.ts';
import { inspectStage, type InspectStageOptions } from '../../inspect/inspect-stage.ts';
import { inspectionText } from '../../inspect/inspection-text.ts';
import { loadRecipe } from '../../recipe/load-recipe.ts';
import type { SftStage } from '../../recipe/recipe.ts';
import { recipeSchema } from '../../recipe/schema.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { numberFlag } from '../flags.ts';
import { inputPath } from '../input-path.ts';
import { createProgress } from '../progress.ts';
import { templateArgs, templateSettings, trainTurnsArg } from '../template-args.ts';

export const inspectDataCommand: CliCommand = cliCommand({
  name: 'inspect-data',
  description: 'Show rows as the model will see them: tokens, masks, lengths, and what looks wrong.',
  example: 'bezoar inspect-data --model ./open_llama_3b_v2 --data rows.jsonl --rows 5',
  args: {
    model: { type: 'string', description: 'Hugging Face model folder', valueHint: 'DIR' },
    data: { type: 'string', description: 'rows to train on', valueHint: 'FILE' },
    recipe: { type: 'string', description: 'in place of both: a stage of this recipe', valueHint: 'FILE' },
    stage: { type: 'string', description: 'its sft stage; the first by default', valueHint: 'ID' },
    'run-dir': {
      type: 'string',
      description: 'where earlier stages have written their rows; runs/NAME by default',
      valueHint: 'DIR',
    },
    rows: { type: 'string', description: 'how many rows to show', default: '3', valueHint: 'N' },
    from: { type: 'string', description: 'the first of them', default: '1', valueHint: 'N' },
    suspicious: { type: 'boolean', description: 'show only rows with which something looks wrong' },
    json: { type: 'boolean', description: 'everything as JSON, with ids' },
    'max-length': { type: 'string', description: 'tokens of an example', valueHint: 'N' },
    'pack-length': { type: 'string', description: 'tokens of a pack', valueHint: 'N' },
    ...templateArgs,
    ...trainTurnsArg,
  },
  async run(args, io) {
    const count = numberFlag('rows', args.rows)!;
    const from = numberFlag('from', args.from)!;
    const source = args.recipe === undefined ? flagSource(args) : await recipeSource(args.recipe, args);
    const progress = createProgress(io);
    const { inspection, tokenizer } = await inspectStage(source, {
      env: io.env,
      emit: (event) => progress.show(event),
    });
    progress.end();
    const shown = inspection.rows
      .filter(({ row, suspicions }) => row >= from && (args.suspicious !== true || suspicions.length > 0))
      .slice(0, count);
    if (args.json === true) {
      const examples = shown.map(({ kept, ...row }: InspectedRow) => ({
        ...row,
        tokens: inspectTokens(kept, tokenizer),
      }));
      io.stdout.write(
        `${JSON.stringify({ ...inspection, rows: inspection.rows.length, examples }, undefined, 2)}\n`,
      );
      return;
    }
    const colors = io.stdout.isTTY && io.env['NO_COLOR'] === undefined;
    io.stdout.write(inspectionText(inspection, { tokenizer, shown, colors }));
  },
});

type Args = Readonly<Record<string, unknown>>;

function text(args: Args, name: string): string | undefined {
  const value = args[name];
  return typeof value === 'string' ? value : undefined;
}

/** A recipe of one stage, as `bezoar sft` makes it. */
function flagSource(args: Args): InspectStageOptions {
  const [model, data] = [text(args, 'model'), text(args, 'data')];
  if (model === undefined || data === undefined)
    throw misuse('bezoar inspect-data needs --model and --data, or --recipe.');
  const stage = { kind: 'sft', from: 'base', rows: inputPath(data), ...lengths(args) } as const;
  const recipe = parseOrThrow(
    recipeSchema,
    {
      name: 'inspect-data',
      base: inputPath(model),
      template: templateSettings(args),
      stages: { sft: stage },
    },
    { what: 'bezoar inspect-data', advice: 'See bezoar inspect-data --help.' },
  );
  return { recipe, resolve, stage, runDir: '.' };
}

async function recipeSource(path: string, args: Args): Promise<InspectStageOptions> {
  const own = ['model', 'data', 'system', 'template', 'chat-template', 'train-turns', 'template-date'];
  const given = own.find((name) => args[name] !== undefined);
  if (given !== undefined) throw misuse(`--${given} stands in the recipe: give it without --recipe.`);
  const { recipe, resolve: resolveInput } = await loadRecipe(path);
  const stages = Object.entries(recipe.stages);
  const wanted = text(args, 'stage');
  const [, stage] =
    stages.find(([id, { kind }]) => (wanted === undefined ? kind === 'sft' : id === wanted)) ?? [];
  if (stage?.kind !== 'sft') {
    const known = stages.flatMap(([id, { kind }]) => (kind === 'sft' ? [id] : []));
    throw misuse(
      `${path} has no sft stage${wanted === undefined ? '' : ` ${wanted}`}.`,
      known.length === 0 ? undefined : `Its sft stages: ${known.join(', ')}.`,
    );
  }
  return {
    recipe,
    resolve: resolveInput,
    stage: { ...stage, ...lengths(args) },
    runDir: resolve(text(args, 'run-dir') ?? join('runs', recipe.name)),
  };
}

function lengths(args: Args): Pick<SftStage, 'maxLength' | 'packLength'> {
  const maxLength = numberFlag('max-length', text(args, 'max-length'));
  const packLength = numberFlag('pack-length', text(args, 'pack-length'));
  return {
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(packLength === undefined ? {} : { packLength }),
  };
}

function misuse(message: string, advice = 'See bezoar inspect-data --help.'): BezoarError {
  return new BezoarError('BAD_CONFIG', message, { advice, data: { usage: true } });
}
