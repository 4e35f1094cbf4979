import type { RunEvent } from '@bezoar/core';
import type { Tokenizer } from '@bezoar/model';
import {
  encodeExample,
  renderInstructionRow,
  trainSft,
  type EncodedExample,
  type TextSpan,
} from '@bezoar/qlora';
import type { SftStage } from '../recipe/recipe.ts';
import { definite } from './definite.ts';
import { droppedWarning, readPairs } from './preferences.ts';
import { readInstructionRows } from './rows.ts';
import type { StageContext, StageRun } from './stage-context.ts';
import { checkpointFolder, finishTraining, holdOut, openTrainable, trainingSettings } from './training.ts';

/** QLoRA fine-tuning on instruction rows, or on the prompts and chosen answers of preference pairs. */
export async function* runSft(stage: SftStage, context: StageContext): StageRun {
  const { kind: _, from, rows, preferences, ...own } = stage;
  const { data, config } = trainingSettings(own, context);
  const spans =
    rows === undefined
      ? yield* preferenceSpans(context.resolve(preferences!), context)
      : await instructionSpans(context.rowsFile(rows), context);
  const base = context.model(from);
  const local = await openTrainable(base, context);
  try {
    const maxLength = Math.min(data.maxLength ?? 1024, local.model.config.maxPositionEmbeddings);
    const { examples, warnings } = encodeAll(spans.slice(0, data.limit), {
      tokenizer: local.tokenizer,
      maxLength,
      stage: context.id,
    });
    yield* warnings;
    const { training, evaluation } = holdOut(examples, context, data.evalFraction);
    return yield* finishTraining({
      context,
      local,
      base,
      training: trainSft({
        model: local.model,
        examples: training,
        config: definite(config),
        stage: context.id,
        evaluation: {
          examples: evaluation,
          ...(data.evalEvery === undefined ? {} : { every: data.evalEvery }),
        },
        checkpoint: { folder: checkpointFolder(context), every: data.checkpointEvery ?? 50 },
        signal: context.signal,
      }),
    });
  } finally {
    local.dispose();
  }
}

async function instructionSpans(path: string, { recipe }: StageContext): Promise<TextSpan[][]> {
  const rows = await readInstructionRows(path);
  return rows.map((row) => renderInstructionRow(row, { defaultSystem: recipe.template.system }));
}

async function* preferenceSpans(path: string, { id }: StageContext): AsyncGenerator<RunEvent, TextSpan[][]> {
  const { pairs, dropped } = await readPairs(path);
  yield* droppedWarning(id, dropped);
  return pairs.map(({ prompt, chosen }) => [
    { text: prompt, target: false },
    { text: chosen, target: true },
  ]);
}

interface EncodeAllOptions {
  readonly tokenizer: Tokenizer;
  readonly maxLength: number;
  readonly stage: string;
}

/** Examples whose prompt leaves no room for a response are left out, and said so. */
function encodeAll(
  spans: readonly (readonly TextSpan[])[],
  { stage, ...options }: EncodeAllOptions,
): { examples: EncodedExample[]; warnings: RunEvent[] } {
  const all = spans.map((each) => encodeExample(each, options));
  const examples = all.filter(({ targetCount }) => targetCount > 0);
  const lost = all.length - examples.length;
  if (lost === 0) return { examples, warnings: [] };
  const message = `${lost} of ${all.length} rows have no room for a response in ${options.maxLength} tokens and were left out.`;
  return { examples, warnings: [{ type: 'warning', stage, message }] };
}
