import type OpenAI from 'openai';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { failureOf } from '../providers/failure.ts';
import { openAiClient, type SdkClientOptions } from '../providers/sdk-client.ts';
import { openAiSchemaRefusal, refusesSchema } from '../providers/structured-mode.ts';
import { fromOpenAi, toOpenAiBody } from '../providers/to-openai.ts';
import { withRetries, type RetryPolicy } from '../providers/with-retries.ts';
import type { BatchApi, BatchLimits, BatchOutcome, BatchStatus } from './batch-api.ts';

export interface OpenAiBatchApiOptions extends SdkClientOptions, RetryPolicy {
  /** Lower than the provider's 50,000 requests and 200 MB. */
  readonly limits?: Partial<BatchLimits>;
}

const endpoint = '/v1/chat/completions';
const nameField = 'bezoar_batch';
/** How far this machine's clock may be from the provider's. */
const clockSkewMs = 600_000;

/** OpenAI's batch API: a JSONL file goes up, and two come down. Half the price of single calls, within 24 hours. */
export function createOpenAiBatchApi(options: OpenAiBatchApiOptions): BatchApi {
  const { id, apiKey, connect } = openAiClient(options);
  const retry = <Result>(call: (client: OpenAI) => Promise<Result>, once = false): Promise<Result> =>
    withRetries(async () => call(await connect()), {
      ...options,
      model: id,
      apiKey,
      signal: undefined,
      retry: !once,
    });
  return {
    id,
    apiKey,
    limits: { requests: 50_000, bytes: 190e6, ...options.limits },
    toEntry: (customId, request, schema) => ({
      custom_id: customId,
      method: 'POST',
      url: endpoint,
      body: toOpenAiBody(options.model, request, schema),
    }),
    async upload(entries, name) {
      const bytes = [`${entries.join('\n')}\n`];
      const { id: fileId } = await retry(({ files }) =>
        files.create({ file: new File(bytes, `${name}.jsonl`), purpose: 'batch' }),
      );
      return fileId;
    },
    async create({ name, fileId }) {
      const { id: batchId } = await retry(
        ({ batches }) =>
          batches.create({
            input_file_id: fileId!,
            endpoint,
            completion_window: '24h',
            metadata: { [nameField]: name },
          }),
        true,
      );
      return batchId;
    },
    find: ({ name, since }) =>
      retry(async ({ batches }) => {
        for await (const batch of batches.list({ limit: 100 })) {
          if (batch.metadata?.[nameField] === name) return { kind: 'found', batchId: batch.id };
          if (batch.created_at * 1000 < since - clockSkewMs) break;
        }
        return { kind: 'none' };
      }),
    status: async (batchId) => toStatus(await retry(({ batches }) => batches.retrieve(batchId))),
    async *results(batchId) {
      const batch = await retry(({ batches }) => batches.retrieve(batchId));
      for (const fileId of [batch.output_file_id, batch.error_file_id]) {
        if (typeof fileId !== 'string' || fileId === '') continue;
        const { body } = await retry(({ files }) => files.content(fileId));
        if (body === null) continue;
        const input = Readable.fromWeb(body);
        for await (const line of createInterface({ input, crlfDelay: Infinity })) if (line !== '') yield line;
        // readline ends quietly when its input breaks.
        if (input.errored !== null) throw input.errored;
      }
    },
    readResult(line) {
      const result = JSON.parse(line) as ResultLine;
      return { customId: result.custom_id, outcome: outcomeOf(result) };
    },
    refusesSchema: (failure) => refusesSchema(failure, openAiSchemaRefusal),
  };
}

interface ResultLine {
  readonly custom_id: string;
  readonly response?: { readonly status_code: number; readonly body: unknown } | null;
  readonly error?: { readonly code: string; readonly message: string } | null;
}

function outcomeOf({ response, error }: ResultLine): BatchOutcome {
  if (response === undefined || response === null) {
    if (error?.code === 'batch_cancelled') return { kind: 'cancelled' };
    return { kind: 'again', reason: error?.message ?? 'It has neither an answer nor an error.' };
  }
  const { status_code: status, body } = response;
  if (status === 200) {
    try {
      return { kind: 'answered', response: fromOpenAi(body as OpenAI.ChatCompletion) };
    } catch (cause) {
      return { kind: 'again', reason: (cause as Error).message };
    }
  }
  const { error: said } = (body ?? {}) as { readonly error?: { readonly message?: string } };
  const failure = failureOf(status, said?.message ?? 'no reason given');
  return failure.class === 'retryable'
    ? { kind: 'again', reason: failure.message }
    : { kind: 'failed', failure };
}

function toStatus({ status, request_counts: counts, errors }: OpenAI.Batch): BatchStatus {
  const figures = {
    done: (counts?.completed ?? 0) + (counts?.failed ?? 0),
    total: counts?.total ?? 0,
    detail: status,
  };
  if (status === 'failed') {
    const reasons = errors?.data ?? [];
    const message = reasons
      .slice(0, 3)
      .map((reason) => reason.message ?? reason.code ?? '')
      .join(' ');
    // Too many tokens wait in other batches.
    const busy = reasons.some(({ code }) => code === 'token_limit_exceeded');
    return { ...figures, state: 'refused', refusal: { message, busy } };
  }
  const ended = status === 'completed' || status === 'expired' || status === 'cancelled';
  return { ...figures, state: ended ? 'ended' : 'running' };
}
