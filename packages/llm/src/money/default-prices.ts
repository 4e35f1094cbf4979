import type { PriceTable } from './price-table.ts';

/** When the list prices below were looked up. Prices change: check those of the models that you use. */
export const defaultPricesAsOf = '2026-04';

/** List prices of well-known models without batch or cache discounts, US dollars for a million tokens. */
export const defaultPrices: PriceTable = {
  'scripted:*': { input: 0, output: 0 },
  'gpt-4.1': { input: 2, output: 8 },
  'gpt-4.1-mini': { input: 0.4, output: 1.6 },
  'gpt-4.1-nano': { input: 0.1, output: 0.4 },
  'gpt-4o': { input: 2.5, output: 10 },
  'gpt-4o-mini': { input: 0.15, output: 0.6 },
  'claude-opus-4-6': { input: 5, output: 25 },
  'claude-sonnet-4-5': { input: 3, output: 15 },
  'claude-sonnet-4-6': { input: 3, output: 15 },
  'claude-haiku-4-5': { input: 1, output: 5 },
};
