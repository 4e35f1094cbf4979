import { BezoarError, parseOrThrow } from '@bezoar/core';
import { z } from 'zod';

/** US dollars for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
}

/**
 * Prices by model: an id (`openai:gpt-4o-mini`), a name without its provider (`gpt-4o-mini`), or the beginning of one of
 * them and a star (`scripted:*`). The longest name that fits counts; without a star it is the whole name, because a dated
 * snapshot of a model may cost more than the model.
 */
export type PriceTable = Readonly<Record<string, ModelPrice>>;

const priceTableSchema = z.record(
  z.string().min(1),
  z.strictObject({ input: z.number().min(0), output: z.number().min(0) }),
);

/** Checks a price table that was read from JSON. Throws BezoarError BAD_CONFIG, which names the bad entries. */
export function parsePriceTable(value: unknown, what = 'The price table'): PriceTable {
  return parseOrThrow(priceTableSchema, value, {
    what,
    advice: 'Write {"model-name": {"input": 0.15, "output": 0.6}}, in US dollars for a million tokens.',
  });
}

/** The price of a model, by its id. Undefined when the table has none. */
export function findPrice(prices: PriceTable, modelId: string): ModelPrice | undefined {
  const name = modelId.slice(modelId.indexOf(':') + 1);
  const fits = (entry: string): boolean =>
    entry.endsWith('*')
      ? modelId.startsWith(entry.slice(0, -1)) || name.startsWith(entry.slice(0, -1))
      : entry === modelId || entry === name;
  const whole = [modelId, name].find((each) => Object.hasOwn(prices, each));
  const found =
    whole ??
    Object.keys(prices)
      .filter(fits)
      .sort((a, b) => b.length - a.length)[0];
  return found === undefined ? undefined : prices[found];
}

export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** US dollars. */
export function costOf({ input, output }: ModelPrice, { inputTokens, outputTokens }: TokenUsage): number {
  return (inputTokens * input + outputTokens * output) / 1e6;
}

export function missingPrice(modelId: string): BezoarError {
  const name = modelId.slice(modelId.indexOf(':') + 1);
  return new BezoarError(
    'BAD_CONFIG',
    `There is a budget, but no price for ${modelId}, so its cost cannot be known.`,
    {
      advice: `Add it to the price table, in US dollars for a million tokens: {"${name}": {"input": 0, "output": 0}}; zeros for a model of your own.`,
      data: { model: modelId },
    },
  );
}
