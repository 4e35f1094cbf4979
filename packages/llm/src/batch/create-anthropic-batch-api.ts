import type Anthropic from '@anthropic-ai/sdk';
import { failureOf } from '../providers/failure.ts';
import { anthropicClient, type SdkClientOptions } from '../providers/sdk-client.ts';
import { anthropicSchemaRefusal, refusesSchema } from '../providers/structured-mode.ts';
import { fromAnthropic, toAnthropicBody } from '../providers/to-anthropic.ts';
import { withRetries, type RetryPolicy } from '../providers/with-retries.ts';
import type { BatchApi, BatchLimits, BatchOutcome } from './batch-api.ts';

export interface AnthropicBatchApiOptions extends SdkClientOptions, RetryPolicy {
  /** Lower than the provider's 100,000 requests and 256 MB. */
  readonly limits?: Partial<BatchLimits>;
}

type Entry = Anthropic.Messages.BatchCreateParams.Request;
type MessageBatch = Anthropic.Messages.MessageBatch;

/** How far this machine's clock may be from the provider's. */
const clockSkewMs = 600_000;

/** Anthropic's message batches: half the price of single calls, within 24 hours. */
export function createAnthropicBatchApi(options: AnthropicBatchApiOptions): BatchApi {
  const { id, apiKey, connect } = anthropicClient(options);
  const retry = <Result>(call: (client: Anthropic) => Promise<Result>, once = false): Promise<Result> =>
    withRetries(async () => call(await connect()), {
      ...options,
      model: id,
      apiKey,
      signal: undefined,
      retry: !once,
    });
  async function* results(batchId: string): AsyncGenerator<string> {
    const lines = await retry(({ messages }) => messages.batches.results(batchId));
    for await (const line of lines) yield JSON.stringify(line);
  }
  return {
    id,
    apiKey,
    limits: { requests: 100_000, bytes: 240e6, ...options.limits },
    toEntry: (customId, request, schema): Entry => ({
      custom_id: customId,
      params: toAnthropicBody(options.model, request, schema),
    }),
    async create({ entries }) {
      const { id: batchId } = await retry(
        ({ messages }) => messages.batches.create({ requests: entries as Entry[] }),
        true,
      );
      return batchId;
    },
    // A batch has no place for a name, and shows its custom ids when it has ended. Of one that runs only the size can be seen.
    find: (sought) =>
      retry(async ({ messages }) => {
        let unclear = false;
        for await (const batch of messages.batches.list({ limit: 100 })) {
          if (Date.parse(batch.created_at) < sought.since - clockSkewMs) break;
          if (sought.isKnown(batch.id) || totalOf(batch) !== sought.customIds.size) continue;
          if (batch.processing_status !== 'ended') unclear = true;
          else if (batch.results_url !== null && sought.customIds.has(await firstId(results(batch.id))))
            return { kind: 'found', batchId: batch.id };
        }
        return { kind: unclear ? 'unclear' : 'none' };
      }),
    async status(batchId) {
      const batch = await retry(({ messages }) => messages.batches.retrieve(batchId));
      const { processing } = batch.request_counts;
      const total = totalOf(batch);
      return {
        state: batch.processing_status === 'ended' ? 'ended' : 'running',
        done: total - processing,
        total,
        detail: batch.processing_status,
      };
    },
    results,
    readResult(line) {
      const { custom_id: customId, result } = JSON.parse(
        line,
      ) as Anthropic.Messages.MessageBatchIndividualResponse;
      return { customId, outcome: outcomeOf(result) };
    },
    refusesSchema: (failure) => refusesSchema(failure, anthropicSchemaRefusal),
  };
}

function totalOf({ request_counts: counts }: MessageBatch): number {
  return counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired;
}

/** The custom id of the first result; an empty text when there is none. */
async function firstId(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) return (JSON.parse(line) as { readonly custom_id: string }).custom_id;
  return '';
}

const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
};

function outcomeOf(result: Anthropic.Messages.MessageBatchResult): BatchOutcome {
  switch (result.type) {
    case 'succeeded':
      try {
        return { kind: 'answered', response: fromAnthropic(result.message) };
      } catch (cause) {
        return { kind: 'again', reason: (cause as Error).message };
      }
    case 'errored': {
      const { type, message } = result.error.error;
      const failure = failureOf(statuses[type] ?? 500, message);
      return failure.class === 'retryable' ? { kind: 'again', reason: message } : { kind: 'failed', failure };
    }
    case 'canceled':
      return { kind: 'cancelled' };
    case 'expired':
      return { kind: 'again', reason: 'It expired before the provider came to it.' };
  }
}
