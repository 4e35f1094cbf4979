import { encodePair, encodeRated } from '@bezoar/dpo';
import { preferenceRowSchema, trainingRowSchema } from '@bezoar/formats';
import type { Tokenizer } from '@bezoar/model';
import type { PromptTemplate, RenderedRow } from '@bezoar/qlora';
import { stat } from 'node:fs/promises';
import type { DpoStage, SftStage } from '../recipe/recipe.ts';
import { dpoLengths } from '../stages/dpo-lengths.ts';
import { encodeRows } from '../stages/encode-rows.ts';
import { pairsOf, readPairs, readRated } from '../stages/preferences.ts';
import { renderRows } from '../stages/render-rows.ts';
import { readSftRows, renderChosen, sftMaxLength } from '../stages/sft-rows.ts';
import { trainingSettings } from '../stages/training.ts';
import type { ForecastScope } from './forecast-scope.ts';

/** Tokens of the examples of a training; of a pair, of both sides. */
export interface MeasuredExamples {
  readonly lengths: readonly number[];
  /** All of them, in order, or a sample. */
  readonly isWhole: boolean;
}

/** Files up to this size are tokenised as a whole: it takes a second or two. */
const wholeBytes = 3e6;

/** Undefined without rows, tokenizer or template. Throws what the training would: input that it cannot read. */
export async function measureSft(
  stage: SftStage,
  scope: ForecastScope,
): Promise<MeasuredExamples | undefined> {
  const at = await openMeasuring(stage.rows ?? stage.preferences!, scope);
  if (at === undefined) return undefined;
  const { files, tokenizer, template, config, isWhole } = at;
  const { data } = trainingSettings(stage, scope);
  const { rows, preferences } = stage;
  const found = (): readonly string[] => files;
  const rendered = isWhole
    ? (
        await readSftRows(
          { rows, preferences, limit: data.limit },
          { template, files: found, rowsFiles: found },
        )
      ).rows
    : renderSample((await scope.facts(files)).sample, { rows, template });
  const { examples } = encodeRows(rendered, {
    tokenizer,
    maxLength: sftMaxLength(data.maxLength, config),
    stage: '',
  });
  return { lengths: examples.map(({ tokens }) => tokens.length), isWhole };
}

/** The same of pairs, or with KTO of rated completions and their mismatched twins. */
export async function measureDpo(
  stage: DpoStage,
  scope: ForecastScope,
): Promise<MeasuredExamples | undefined> {
  const at = await openMeasuring(stage.preferences, scope);
  if (at === undefined) return undefined;
  const { files, tokenizer, template, config, isWhole } = at;
  const { data } = trainingSettings(stage, scope);
  const limits = { tokenizer, ...dpoLengths(data, config) };
  if (isWhole && stage.loss === 'kto') {
    const { rows } = await readRated(files, { template, limit: data.limit });
    const encoded = encodeRated(rows, limits);
    return {
      lengths: encoded.map(({ side, mismatched }) => side.tokens.length + mismatched.tokens.length),
      isWhole,
    };
  }
  const { pairs } = isWhole
    ? await readPairs(files, { template, limit: data.limit })
    : pairsOf(samplePairs((await scope.facts(files)).sample), template);
  const encoded = pairs.map((pair) => encodePair(pair, limits));
  return {
    lengths: encoded.map(({ chosen, rejected }) => chosen.tokens.length + rejected.tokens.length),
    isWhole,
  };
}

interface Measuring {
  readonly files: readonly string[];
  readonly tokenizer: Tokenizer;
  readonly template: PromptTemplate;
  readonly config: { readonly maxPositionEmbeddings: number };
  readonly isWhole: boolean;
}

async function openMeasuring(
  reference: string,
  { base, template, ...scope }: ForecastScope,
): Promise<Measuring | undefined> {
  const files = await scope.files(reference);
  if (files === undefined || base?.tokenizer === undefined || template === undefined) return undefined;
  const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size));
  const isWhole = sizes.reduce((sum, size) => sum + size, 0) <= wholeBytes;
  return { files, tokenizer: base.tokenizer, template, config: base.config, isWhole };
}

function renderSample(
  sample: readonly unknown[],
  { rows, template }: { readonly rows: string | undefined; readonly template: PromptTemplate },
): readonly RenderedRow[] {
  if (rows === undefined) return pairsOf(samplePairs(sample), template).pairs.map(renderChosen);
  const fitting = sample.flatMap((row) => trainingRowSchema.safeParse(row).data ?? []);
  return renderRows(fitting, { template, path: rows });
}

function samplePairs(sample: readonly unknown[]): Parameters<typeof pairsOf>[0] {
  return sample.flatMap((row) => preferenceRowSchema.safeParse(row).data ?? []);
}
