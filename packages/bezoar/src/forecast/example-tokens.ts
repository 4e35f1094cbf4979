import { encodeExample } from '@bezoar/qlora';
import type { ForecastScope } from './forecast-scope.ts';
import type { MeasuredExamples } from './measured-examples.ts';
import type { Scenario } from './scenario.ts';
import type { RowsNumbers } from './stage-numbers.ts';

export interface ExampleTokensOptions {
  readonly scenario: Scenario;
  readonly rows: RowsNumbers;
  readonly measured: MeasuredExamples | undefined;
}

/**
 * Mean tokens of an example: as measured; else of the template with texts as long as the rows' will be, in the tokenizer's own measure
 * where that is here. `sides`: sequences of an example.
 */
export function exampleTokens(
  scope: Pick<ForecastScope, 'base' | 'template'>,
  maxLength: number,
  sides = 1,
): (options: ExampleTokensOptions) => number {
  const { base, template } = scope;
  const frame = template?.renderRow({ kind: 'instruction', instruction: '…', response: '…' });
  const tokenizer = base?.tokenizer;
  const frameTokens =
    frame &&
    tokenizer &&
    encodeExample(frame.spans, { tokenizer, maxLength, ...frame.encoding }).tokens.length;
  const frameCharacters = frame?.spans.reduce((sum, { text }) => sum + text.length, 0) ?? 0;
  const densities = new Map<readonly string[], number>();
  /** Tokens of a character in such texts. */
  const densityOf = (texts: readonly string[]): number | undefined => {
    if (tokenizer === undefined || texts.length === 0) return undefined;
    const known = densities.get(texts);
    if (known !== undefined) return known;
    const text = texts.slice(0, 100).join('\n');
    const density = tokenizer.encode(text).length / text.length;
    densities.set(texts, density);
    return density;
  };
  return ({ scenario, rows, measured }) => {
    if (measured !== undefined && measured.lengths.length > 0)
      return scenario.either(0, mean(measured.lengths), sides * maxLength);
    const characters = rows.prompt + rows.response;
    if (Number.isNaN(characters)) return sides * scenario.rowTokens(maxLength);
    const density = densityOf(rows.texts);
    const own = density === undefined ? scenario.promptTokens(characters) : density * characters;
    const around = frameTokens ?? scenario.promptTokens(frameCharacters);
    return scenario.either(0, Math.min(sides * maxLength, sides * around + own), sides * maxLength);
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
