import { parseOrThrow } from '@bezoar/core';
import { startCallWorker, type CallWorker, type CallWorkerState } from '@bezoar/llm/bullmq';
import { resolve } from 'node:path';
import { z } from 'zod';
import { formatDollars, formatNumber } from '../../report/format-number.ts';
import { openServedModels } from '../../run/open-served-models.ts';
import { withPassword } from '../../run/open-queue.ts';
import { definite } from '../../stages/definite.ts';
import { cliCommand, type CliCommand } from '../command.ts';
import { callSettings, chatArgs, chatModelSettings } from '../common-args.ts';
import { listFlag, numberFlag } from '../flags.ts';
import type { CliIo } from '../io.ts';

const settingsSchema = z.strictObject({
  concurrency: z.number().int().positive().default(16),
  requestsPerMinute: z.number().positive().optional(),
  budget: z.number().positive().optional(),
  lease: z.number().min(1).default(30),
  models: z.array(
    z.strictObject({ model: z.string(), baseURL: z.url().optional(), apiKeyEnv: z.string().optional() }),
  ),
});

/** Between two lines about how it goes. */
const quietMs = 10_000;

export const worker: CliCommand = cliCommand({
  name: 'worker',
  description: 'Make calls for runs on other machines, which have the same queue.',
  example: 'bezoar worker --queue redis://10.0.0.5:6379 --model openai:gpt-4o-mini --concurrency 32',
  args: {
    queue: { ...chatArgs.queue, description: 'the Redis of the runs', required: true },
    model: {
      type: 'string',
      description: 'what it serves, as provider:model; several with commas',
      required: true,
      valueHint: 'MODEL',
    },
    'base-url': chatArgs['base-url'],
    'api-key-env': chatArgs['api-key-env'],
    concurrency: {
      ...chatArgs.concurrency,
      description: 'calls of a model in flight at the same time',
      default: '16',
    },
    'requests-per-minute': {
      ...chatArgs['requests-per-minute'],
      description: 'limit of the provider, for all workers of a model together',
    },
    prices: chatArgs.prices,
    budget: { ...chatArgs.budget, description: 'US dollars after which this worker ends' },
    lease: {
      type: 'string',
      description: 'seconds until another worker may take the calls of one that died',
      default: '30',
      valueHint: 'N',
    },
  },
  async run(args, io) {
    const { prices, budget } = await callSettings(args);
    const specs = listFlag(args.model) ?? [];
    const settings = parseOrThrow(
      settingsSchema,
      definite({
        concurrency: numberFlag('concurrency', args.concurrency),
        requestsPerMinute: numberFlag('requests-per-minute', args['requests-per-minute']),
        budget,
        lease: numberFlag('lease', args.lease),
        models: specs.map((spec) => {
          const { model, baseURL, apiKeyEnv } = chatModelSettings(spec, args);
          return definite({ model, baseURL, apiKeyEnv });
        }),
      }),
      { what: 'bezoar worker', advice: 'See bezoar worker --help.' },
    );
    const models = await openServedModels({
      ...settings,
      prices,
      resolve: (path) => resolve(path),
      env: io.env,
    });
    const interruption = io.interruption();
    const { concurrency, requestsPerMinute, lease } = settings;
    const served = await startCallWorker({
      connection: withPassword(args.queue, io.env),
      models,
      concurrency,
      leaseMs: lease * 1000,
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    });
    const ids = models.map(({ id }) => id).join(', ');
    io.stderr.write(`Serves ${ids} from ${served.label}, ${concurrency} calls at a time. Ctrl-C ends it.\n`);
    await workUntil(interruption, served, io);
  },
});

/** Works until the signal fires, then ends what is in flight. Throws what made the worker stop of itself. */
async function workUntil(signal: AbortSignal, served: CallWorker, { stderr, stdout }: CliIo): Promise<void> {
  let last = '';
  const timer = setInterval(() => {
    const line = describe(served.state());
    if (line !== last) stderr.write(`${line}\n`);
    last = line;
  }, quietMs);
  try {
    await Promise.race([served.ended, fired(signal)]);
  } finally {
    clearInterval(timer);
    const { inFlight } = served.state();
    if (inFlight > 0)
      stderr.write(`Ends the ${inFlight} calls in flight; Ctrl-C again leaves them to others.\n`);
    await served.close();
    stdout.write(`${describe(served.state())}\n`);
  }
}

function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function describe(state: CallWorkerState): string {
  const { done, failed, lastFailure, returned, inFlight, inputTokens, outputTokens, cost, connected } = state;
  const parts = [
    `${formatNumber(done)} calls done, ${formatNumber(failed)} failed`,
    ...(returned === 0 ? [] : [`${formatNumber(returned)} given back`]),
    ...(inFlight === 0 ? [] : [`${formatNumber(inFlight)} in flight`]),
    `${formatNumber(inputTokens)} tokens in, ${formatNumber(outputTokens)} out`,
    ...(cost === 0 ? [] : [formatDollars(cost)]),
    ...(lastFailure === undefined ? [] : [`last failure: ${lastFailure}`]),
    ...(connected ? [] : ['the queue does not answer; waiting for it']),
  ];
  return parts.join(' · ');
}
