import { formatDollars, formatNumber } from '../report/format-number.ts';
import type { Usage } from './meter-model.ts';

/** 52 calls, 7 248 tokens in, 3 982 tokens out, $0.0035 */
export function describeUsage({ calls, inputTokens, outputTokens, cost = 0, unpriced = 0 }: Usage): string {
  const parts = [
    `${formatNumber(calls)} ${calls === 1 ? 'call' : 'calls'}`,
    `${formatNumber(inputTokens)} tokens in`,
    `${formatNumber(outputTokens)} tokens out`,
    cost === 0 && unpriced > 0 ? 'no price' : formatDollars(cost),
  ];
  return parts.join(', ');
}
