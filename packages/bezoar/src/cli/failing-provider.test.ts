import {
  startChatServer,
  type ChatServer,
  type ReceivedRequest,
  type ServerReply,
} from '@bezoar/llm/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const folder = temporaryFolder();
let server: ChatServer;
afterEach(() => server.close());
afterAll(() => folder.remove());

const count = 60;
beforeAll(() => {
  folder.jsonl(
    'flan.jsonl',
    Array.from({ length: count }, (_, index) => ({ inputs: `Task ${index}.`, targets: 'done' })),
  );
});

const failure = (status: number, message: string, headers: Record<string, string> = {}): ServerReply => ({
  status,
  headers,
  body: { error: { message } },
});

/** Answers a task, unless the test has another reply to it. */
async function serve(
  reply: (task: number, request: ReceivedRequest) => ServerReply | undefined,
): Promise<void> {
  server = await startChatServer({
    reply: (request) => {
      const task = Number(/^Task (\d+)/.exec(request.messages.at(-1)!.content)![1]);
      return reply(task, request) ?? `Task ${task} is done.`;
    },
  });
}

const orca = (run: string): Promise<CliResult> =>
  spawnCli(
    [
      'datagen',
      '--scheme',
      'orca',
      '--model',
      'openai:teacher',
      '--base-url',
      server.url,
      '--seeds',
      'flan.jsonl',
      '--out',
      run,
    ],
    { cwd: folder.path },
  );
const linesOf = (...path: string[]): { reason?: string; detail?: string }[] =>
  readFileSync(join(folder.path, ...path), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as object);
const tasksAsked = (): number =>
  new Set(server.requests.map(({ messages }) => messages.at(-1)!.content)).size;

describe('one prompt that the provider rejects', () => {
  it('costs its row; the run ends well and says how many', async () => {
    await serve((task) => (task === 7 ? failure(400, 'This prompt is not allowed.') : undefined));
    const { code, stdout } = await orca('one');
    expect(code).toBe(0);
    expect(stdout).toMatch(/rejected-by-provider 1/);
    expect(linesOf('one', 'rows.jsonl')).toHaveLength(count - 1);
    expect(linesOf('one', 'dropped.jsonl')).toMatchObject([
      { reason: 'rejected-by-provider', detail: expect.stringContaining('not allowed') as string },
    ]);
  });
});

describe('a provider that fails the whole run', () => {
  it.each([
    [
      'a key that is taken back',
      () => failure(401, 'Invalid key.'),
      /refused the API key \(401\).*nothing that was made so far is lost/,
    ],
    ['an account without money', () => failure(402, 'Payment required.'), /wants to be paid first \(402\)/],
    [
      'a server that breaks for good',
      () => failure(500, 'Out of order.', { 'retry-after-ms': '1' }),
      /(too many failed in a row|did not answer \(500\)).*Run the same command again/,
    ],
  ])('%s: stops it, and another run goes on from there', async (name, broken, message) => {
    let made = 0;
    await serve(() => (++made > count / 2 ? broken() : undefined));
    const stopped = await orca(name);
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toMatch(message);
    expect(stopped.stderr.match(/\nbezoar: /g)).toHaveLength(1);

    const asked = server.requests.length;
    made = -Infinity;
    expect(await orca(name)).toMatchObject({ code: 0 });
    expect(linesOf(name, 'rows.jsonl')).toHaveLength(count);
    // What was answered before is not asked again.
    expect(server.requests.length - asked).toBe(count / 2);
    expect(tasksAsked()).toBe(count);
  });

  it("a wrong model name: stops it early, with the provider's words", async () => {
    await serve(() => failure(404, 'The model teacher does not exist.'));
    const { code, stderr } = await orca('wrong');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /All 20 calls of openai:teacher were rejected\..*does not exist.*Check the model name/,
    );
    expect(server.requests.length).toBeLessThanOrEqual(28);
  });
});
