import { BezoarError } from '@bezoar/core';
import type { BackendCapabilities } from '../contract/backend.ts';
import type { Weight } from '../contract/tensor.ts';
import type { OpArgs, OpName } from './argument-checks.ts';
import { isNf4 } from './require.ts';

export type LimitChecks = {
  readonly [Op in OpName]?: (args: OpArgs<Op>, capabilities: BackendCapabilities) => void;
};

/** The limits that a backend declares in its capabilities, by op. They throw BezoarError UNSUPPORTED. */
export const limitChecks: LimitChecks = {
  linear: ({ weight }, limits) => requireFormat('linear', weight, limits),
  linearBackwardInput: ({ weight }, limits) => requireFormat('linearBackwardInput', weight, limits),
  attention: ({ q, lse }, limits) => requireHeadSize('attention', q.size / lse.size, limits),
  attentionBackward: ({ q, lse }, limits) => requireHeadSize('attentionBackward', q.size / lse.size, limits),
  cachedAttention: ({ q, slots, heads }, limits) =>
    requireHeadSize('cachedAttention', q.size / (slots.size * heads), limits),
};

export function unsupported(op: OpName, reason: string, advice: string): BezoarError {
  return new BezoarError('UNSUPPORTED', `${op}: this backend cannot do it: ${reason}`, {
    advice,
    data: { op, reason },
  });
}

function requireFormat(op: OpName, weight: Weight, { weightFormats }: BackendCapabilities): void {
  const format: string = isNf4(weight) ? 'nf4' : weight.dtype;
  if ([...weightFormats].some((accepted) => accepted === format)) return;
  const advice = 'Convert the weight to a format in capabilities.weightFormats.';
  throw unsupported(op, `${format} weights are not accepted`, advice);
}

/** The head size is NaN when there are no tokens: nothing to refuse then. */
function requireHeadSize(op: OpName, headSize: number, { maxHeadDim }: BackendCapabilities): void {
  if (!(headSize > maxHeadDim)) return;
  throw unsupported(
    op,
    `heads of ${headSize} are greater than ${maxHeadDim}`,
    'Choose another backend for this model.',
  );
}
