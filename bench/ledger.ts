/**
 * Calls per second against an instant server in another process: a plain fetch loop, the same loop behind scheduler and
 * ledger, and the OpenAI client behind both; in turns, the median of three rounds. Aim: 2,000 calls/s through scheduler
 * and ledger on two cores. With `--rows N` also what a ledger of N answered calls costs to open, to sum up and to resume:
 * aim for 1,000,000 in 5 s and 300 MiB; and to answer every one of its calls again.
 *
 *   pnpm bench ledger [--calls N] [--concurrency N] [--rows N]
 */
import {
  createOpenAiModel,
  createScheduler,
  mapConcurrent,
  openLedger,
  withLedger,
  withScheduler,
  type ChatModel,
} from '@bezoar/llm';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function run(args: readonly string[] = []): Promise<object> {
  const option = (name: string, fallback: number): number =>
    args.includes(name) ? Number(args[args.indexOf(name) + 1]) : fallback;
  if (args.includes('--resume')) return resume(option('--rows', 0), args[args.indexOf('--resume') + 1]!);
  const folder = mkdtempSync(join(tmpdir(), 'bezoar-bench-'));
  try {
    const rows = option('--rows', 0);
    return {
      throughput: await throughput(folder, option('--calls', 10_000), option('--concurrency', 64)),
      ...(rows === 0 ? {} : { resume: await measureResume(folder, rows) }),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const answer = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 0,
  model: 'teacher',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'The robin is red. '.repeat(20), refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 20, completion_tokens: 100, total_tokens: 120 },
});

async function throughput(folder: string, calls: number, concurrency: number): Promise<object> {
  const { url, stop } = await startInstantServer();
  const bare = fetchModel(url);
  const stack = (model: ChatModel, name: string): { model: ChatModel; close: () => void } => {
    const ledger = openLedger({ path: join(folder, `${name}.sqlite`) });
    const scheduler = createScheduler({
      limits: { requestsPerMinute: 1e7, inputTokensPerMinute: 1e9, outputTokensPerMinute: 1e9 },
      budget: 1000,
      prices: { teacher: { input: 1, output: 4 } },
      concurrency: { initial: concurrency },
    });
    return { model: withLedger(withScheduler(model, scheduler), ledger), close: () => ledger.close() };
  };
  const contenders: Record<string, (round: number) => { model: ChatModel; close: () => void }> = {
    plainFetch: () => ({ model: bare, close: () => undefined }),
    schedulerAndLedger: (round) => stack(bare, `fetch-${round}`),
    openAiClient: () => ({
      model: createOpenAiModel({ model: 'teacher', baseURL: url }),
      close: () => undefined,
    }),
    openAiClientSchedulerAndLedger: (round) =>
      stack(createOpenAiModel({ model: 'teacher', baseURL: url }), `openai-${round}`),
  };
  const rates: Record<string, number[]> = {};
  for (let round = 0; round < 4; round++) {
    for (const [name, open] of Object.entries(contenders)) {
      const { model, close } = open(round);
      const questions = Array.from(
        { length: calls },
        (_, i) => `Question ${i}: what color is the robin of ${i}?`,
      );
      const start = performance.now();
      for await (const response of mapConcurrent(questions, (content) => ask(model, content), {
        concurrency,
      }))
        if (response.usage.outputTokens !== 100) throw new Error('a wrong answer');
      const seconds = (performance.now() - start) / 1000;
      close();
      // The first round warms up.
      if (round > 0) (rates[name] ??= []).push(calls / seconds);
    }
  }
  stop();
  const median = (values: readonly number[]): number => Math.round([...values].sort((a, b) => a - b)[1]!);
  const callsPerSecond = Object.fromEntries(
    Object.entries(rates).map(([name, values]) => [name, median(values)]),
  );
  console.error(callsPerSecond);
  return { calls, concurrency, callsPerSecond };
}

const ask = (model: ChatModel, content: string): ReturnType<ChatModel['complete']> =>
  model.complete({ messages: [{ role: 'user', content }], maxTokens: 200 });

/** The plainest client there can be. */
export function fetchModel(url: string): ChatModel {
  return {
    id: 'openai:teacher',
    async complete({ messages, maxTokens }) {
      const response = await fetch(`${url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'teacher', messages, max_tokens: maxTokens }),
      });
      const { choices, usage, model } = (await response.json()) as {
        choices: readonly { message: { content: string } }[];
        usage: { prompt_tokens: number; completion_tokens: number };
        model: string;
      };
      return {
        text: choices[0]!.message.content,
        finishReason: 'stop',
        usage: { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens },
        model,
      };
    },
  };
}

/** A server in another process that has its answer ready. */
export async function startInstantServer(): Promise<{ readonly url: string; readonly stop: () => void }> {
  const server = spawn(process.execPath, ['-e', instantServer, answer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve) =>
    server.stdout.once('data', (data) => resolve(String(data))),
  );
  return { url: `http://127.0.0.1:${port.trim()}/v1`, stop: () => void server.kill() };
}

const instantServer = `
  const server = require('node:http').createServer((request, response) => {
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(process.argv[1]));
  });
  // A machine that does something else as well may take longer than 5 s between two requests of a connection.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** Fills a ledger, then opens it in a process of its own, whose memory is measured. */
async function measureResume(folder: string, rows: number): Promise<object> {
  const path = join(folder, 'large.sqlite');
  const ledger = openLedger({ path });
  const start = performance.now();
  const model = withLedger(instantModel(), ledger, { stage: 'answers' });
  const numbers = {
    *[Symbol.iterator]() {
      for (let i = 0; i < rows; i++) yield i;
    },
  };
  for await (const { cached } of mapConcurrent(numbers, (i) => ask(model, questionOf(i)), {
    concurrency: 256,
  }))
    if (cached === true) throw new Error('a call was made twice');
  ledger.close();
  const fillSeconds = (performance.now() - start) / 1000;
  const output = execFileSync(
    process.execPath,
    ['--conditions=@bezoar/source', 'bench/run.ts', 'ledger', '--rows', String(rows), '--resume', path],
    { encoding: 'utf8' },
  );
  const { figures } = JSON.parse(output) as { figures: object };
  const MiB = Math.round(statSync(path).size / 2 ** 20);
  console.error(figures);
  return { rows, MiB, fillRowsPerSecond: Math.round(rows / fillSeconds), ...figures };
}

const questionOf = (i: number): string => `Question ${i}: what color is the robin of ${i}?`;

function instantModel(): ChatModel {
  return {
    id: 'openai:teacher',
    complete: () =>
      Promise.resolve({
        text: 'The robin is red. '.repeat(20),
        finishReason: 'stop',
        usage: { inputTokens: 20, outputTokens: 100 },
        model: 'teacher',
        cost: 0.00042,
      }),
  };
}

async function resume(rows: number, path: string): Promise<object> {
  const start = performance.now();
  const seconds = (): number => Number(((performance.now() - start) / 1000).toFixed(2));
  const MiB = (): number => Math.round(process.resourceUsage().maxRSS / 1024);
  const ledger = openLedger({ path });
  const { calls } = ledger.stats('answers');
  if (calls !== rows) throw new Error(`${calls} rows instead of ${rows}`);
  const summedAt = seconds();
  const model = withLedger(instantModel(), ledger, { stage: 'answers' });
  // A row from the middle, and one that is new: the run goes on.
  const known = await ask(model, questionOf(rows >> 1));
  const fresh = await ask(model, questionOf(rows));
  if (known.cached !== true || fresh.cached === true) throw new Error('the ledger does not know its rows');
  const resumed = { openAndSumSeconds: summedAt, resumeSeconds: seconds(), resumePeakMiB: MiB() };
  const replayAt = seconds();
  let cached = 0;
  const numbers = {
    *[Symbol.iterator]() {
      for (let i = 0; i < rows; i++) yield i;
    },
  };
  for await (const response of mapConcurrent(numbers, (i) => ask(model, questionOf(i)), { concurrency: 256 }))
    if (response.cached === true) cached++;
  if (cached !== rows) throw new Error(`${cached} answers instead of ${rows}`);
  ledger.close();
  return { ...resumed, replayAllSeconds: Number((seconds() - replayAt).toFixed(2)), replayPeakMiB: MiB() };
}
