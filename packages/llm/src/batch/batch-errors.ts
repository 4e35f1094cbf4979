import { BezoarError } from '@bezoar/core';
import { failureOf, providerError } from '../providers/failure.ts';
import type { BatchApi } from './batch-api.ts';

export function batchRefused({ id: model, apiKey }: BatchApi, message: string): BezoarError {
  return providerError({ model, failure: failureOf(400, message), apiKey });
}

export function batchCancelled(model: string): BezoarError {
  return new BezoarError('PROVIDER_UNAVAILABLE', `A batch of ${model} was cancelled.`, {
    advice: 'Run the same command again to send what was not answered in a new batch.',
    data: { model, mayBeBilled: false },
  });
}

export function batchesGaveUp({
  model,
  reason,
  attempts,
}: {
  model: string;
  reason: string;
  attempts: number;
}): BezoarError {
  return new BezoarError(
    'PROVIDER_UNAVAILABLE',
    `${model} did not answer a call in ${attempts} batches. The last time: ${reason}`,
    {
      advice: 'Run the same command again later: calls that were answered are not made twice.',
      data: { model, mayBeBilled: false },
    },
  );
}
