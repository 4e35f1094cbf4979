import { startBatchServer, startChatServer, type ChatServer } from '@bezoar/llm/testing';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { spawnCli, startCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const folder = temporaryFolder();
let server: ChatServer;

const words =
  'river stone window garden letter summer copper music island candle forest winter bridge paper orange silver mountain basket thunder velvet harbor pepper lantern meadow cotton marble feather desert puzzle anchor willow ribbon saddle tunnel violet cabin'.split(
    ' ',
  );

/** Teacher and judge in one: new instructions between tags, verdicts as JSON, and an answer to anything else. */
function reply({ messages, index }: { messages: readonly { content: string }[]; index: number }): string {
  const text = messages.map(({ content }) => content).join('\n');
  if (text.includes('"status"')) {
    return text.includes('river')
      ? '{"status":"reject","rating":2,"reason":"It is wrong."}'
      : '{"status":"accept","rating":9,"reason":"It is right."}';
  }
  if (text.includes('<example>'))
    return `<example>${words.slice(3 * (index % 12), 3 * (index % 12) + 3).join(' ')}?</example>`;
  return `Answer ${index}.`;
}

beforeAll(async () => {
  server = await startChatServer({ reply });
  folder.jsonl(
    'seeds.jsonl',
    ['owl', 'crow', 'duck', 'goose'].map((animal) => ({ instruction: `What color is the ${animal}?` })),
  );
  folder.file('topics.txt', 'animals\nplants\nstones\n');
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

const rowsIn = (path: string): { instruction: string; judgments?: unknown[] }[] =>
  readFileSync(join(folder.path, path), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { instruction: string });

it('datagen → filter over a real server; a second run makes no call', async () => {
  const openai = ['--base-url', server.url, '--concurrency', '1'];
  const datagen = [
    'datagen',
    '--scheme',
    'lamini',
    '--model',
    'openai:teacher',
    '--seeds',
    'seeds.jsonl',
    '--topics',
    'topics.txt',
    '--count',
    '6',
    '--out',
    'made',
    ...openai,
  ];
  const first = await spawnCli(datagen, { cwd: folder.path });
  expect(first).toMatchObject({ code: 0 });
  expect(rowsIn('made/rows.jsonl')).toHaveLength(6);
  const calls = server.requests.length;

  expect((await spawnCli(datagen, { cwd: folder.path })).stderr).toBe(
    '✓ datagen: done before, nothing changed\n',
  );
  expect(server.requests).toHaveLength(calls);

  const filter = [
    'filter',
    '--rows',
    'made/rows.jsonl',
    '--judge',
    'openai:judge',
    '--threshold',
    '6',
    '--out',
    'kept',
    ...openai,
  ];
  const filtered = await spawnCli(filter, { cwd: folder.path });
  expect(filtered).toMatchObject({ code: 0 });
  const kept = rowsIn('kept/rows.jsonl');
  const dropped = rowsIn('kept/dropped.jsonl');
  expect(kept.length + dropped.length).toBe(6);
  expect(dropped.length).toBeGreaterThan(0);
  expect(kept[0]!.judgments).toMatchObject([{ judge: 'judge', status: 'accept', rating: 9 }]);
  expect(filtered.stdout).toMatch(new RegExp(`rejected-by-judge ${dropped.length}`));
  expect(server.requests).toHaveLength(calls + 6);

  const card = readFileSync(join(folder.path, 'kept', 'README.md'), 'utf8');
  expect(card).toMatch(/^---\n[^]*license: unknown\n[^]*path: rows\.jsonl/);
  expect(card).toMatch(/\| datagen\s+\| kept\s+\| 6 /);
  expect(card).toMatch(new RegExp(`\\| filter\\s+\\| dropped: rejected-by-judge\\s+\\| ${dropped.length} `));
  expect(card).toMatch(/\| openai:judge\s+\| 6 /);
  expect(card).toMatch(/filter\/rubric\s+\| `[0-9a-f]{14}`/);
});

it('shows how far two judges agree, and says that a cost is not known rather than nothing', async () => {
  const rows = ['river', 'stone', 'river bank', 'window'].map((word) => ({
    instruction: word,
    response: word,
  }));
  folder.jsonl('judged.jsonl', rows);
  const args = [
    'filter',
    '--rows',
    'judged.jsonl',
    '--judge',
    'openai:one,openai:two',
    '--base-url',
    server.url,
  ];
  const filtered = await spawnCli([...args, '--out', 'agreed'], { cwd: folder.path });
  expect(filtered).toMatchObject({ code: 0 });
  expect(filtered.stderr).toContain('  filter: one and two agree on 100.0 % of 4 rows (κ 1.00)\n');
  expect(filtered.stdout).toMatch(/filter +8 +0 +[\d\u202f]+ +\d+ +no price\n/);
  expect(filtered.stdout + filtered.stderr).not.toMatch(/\$|\u001b|\r/);
  expect(readFileSync(join(folder.path, 'agreed', 'README.md'), 'utf8')).toMatch(
    /\| openai:two +\| +4 \| +\d+ \| +\d+ \| not priced/,
  );
});

it('leaves a Parquet file and a card that names it, reads published rows, and publishes anew without a call', async () => {
  const published = {
    ...{ inputs: 'What is a stone?', targets: 'rock', task_source: 'Flan2021', system_message: 'Explain.' },
    ...{ explained_targets: 'It is rock.', old_status: 'reject', old_rating: '3', old_reason: 'Too short.' },
  };
  folder.jsonl('published.jsonl', [published]);
  const args = ['filter', '--rows', 'published.jsonl', '--judge', 'openai:judge', '--base-url', server.url];
  const run = async (...more: string[]): Promise<string> => {
    const result = await spawnCli([...args, '--out', 'hub', ...more], { cwd: folder.path });
    expect(result).toMatchObject({ code: 0 });
    return readFileSync(join(folder.path, 'hub', 'README.md'), 'utf8');
  };
  expect(await run()).toMatch(/license: unknown\n[^]*path: rows\.jsonl/);
  const calls = server.requests.length;
  const card = await run('--parquet', '--license', 'apache-2.0');
  expect(card).toMatch(/license: apache-2\.0\n[^]*path: data\/train-00000-of-00001\.parquet/);
  expect(card).toMatch(/\| openai:judge +\| +1 /);
  expect(server.requests).toHaveLength(calls);

  const again = ['filter', '--rows', 'hub/data/train-00000-of-00001.parquet', '--judge', 'openai:other'];
  const judged = await spawnCli([...again, '--base-url', server.url, '--out', 'again'], { cwd: folder.path });
  expect(judged).toMatchObject({ code: 0 });
  expect(rowsIn('again/rows.jsonl')).toMatchObject([
    {
      ...{ system: 'Explain.', instruction: 'What is a stone?', response: 'It is rock.', reference: 'rock' },
      source: 'orca/flan2021',
      judgments: [
        { judge: 'old', status: 'reject', rating: 3, reason: 'Too short.' },
        { judge: 'judge', status: 'accept' },
        { judge: 'other', status: 'accept' },
      ],
    },
  ]);
}, 60_000);

it('goes on when nobody reads its output any more', async () => {
  const args = ['datagen', '--scheme', 'evol', '--model', 'openai:teacher', '--seeds', 'seeds.jsonl'];
  const running = startCli([...args, '--rounds', '1', '--base-url', server.url, '--out', 'unread'], {
    cwd: folder.path,
  });
  running.process.stdout!.destroy();
  running.process.stderr!.destroy();
  expect((await running.ended).code).toBe(0);
  expect(rowsIn('unread/rows.jsonl').length).toBeGreaterThan(0);
});

it('stops before a budget is passed, keeps what was made, and goes on with a greater one', async () => {
  // 1 $ for a million tokens: the server counts words, so a call of a few dozen costs some hundredths of a thousandth.
  const recipe = (budget: string, price = 'price: { input: 1, output: 1 }, '): string => `name: budget
budget: ${budget}
models: { teacher: { model: 'openai:priced', ${price}baseURL: '${server.url}' } }
stages:
  made: { kind: lamini, model: teacher, seeds: ./seeds.jsonl, count: 6, topicShare: 0, maxTokens: 50, concurrency: 1 }
`;
  const run = async (text: string): ReturnType<typeof spawnCli> => {
    folder.file('budget.yaml', text);
    return spawnCli(['run', 'budget.yaml', '--run-dir', 'budget'], { cwd: folder.path });
  };
  const before = server.requests.length;
  const unpriced = await run(recipe('1', ''));
  expect(unpriced.code).toBe(1);
  expect(unpriced.stderr).toMatch(/price/);
  expect(server.requests.length).toBe(before);

  const stopped = await run(recipe('0.0008'));
  expect(stopped.code).toBe(1);
  expect(stopped.stderr).toMatch(/budget/i);
  expect(stopped.stderr).toMatch(/ {2}made: so far \d+ calls?, \d+ tokens in, \d+ tokens out, \$0\.000\d\n/);
  const made = server.requests.length - before;
  expect(made).toBeGreaterThan(0);

  const finished = await run(recipe('1'));
  expect(finished).toMatchObject({ code: 0 });
  expect(finished.stdout).toMatch(/\$0\.\d{4}/);
  const asked = server.requests.slice(before).map(({ body }) => JSON.stringify(body));
  expect(new Set(asked).size).toBe(asked.length);
});

it('generates in batches, says what it waits for and what it cost, and takes prices from a file', async () => {
  const batches = await startBatchServer({ reply: (question) => `Answer to ${question}`, polls: 2 });
  folder.jsonl(
    'flan.jsonl',
    [1, 2, 3, 4, 5].map((number) => ({ inputs: `Task ${number}`, targets: 'x', task_source: 'cot' })),
  );
  folder.file('prices.json', '{"teacher": {"input": 10, "output": 10}}');
  const args = [
    'datagen',
    '--scheme',
    'orca',
    '--model',
    'openai:teacher',
    '--seeds',
    'flan.jsonl',
    '--out',
    'batched',
  ];
  const money = ['--batch', '--prices', 'prices.json', '--budget', '1', '--max-tokens', '50'];
  const run = await spawnCli([...args, ...money, '--base-url', batches.url], { cwd: folder.path });
  await batches.close();
  expect(run).toMatchObject({ code: 0 });
  expect(rowsIn('batched/rows.jsonl')).toHaveLength(5);
  expect(batches.batches.map(({ requests }) => requests.length)).toEqual([5]);
  expect(run.stderr).toMatch(/batch batch_0: in_progress, 0 of 5 calls/);
  // 10 tokens in and 16 out for each of five, at half of 10 $ for a million.
  expect(run.stdout).toContain('$0.0006');
  const bad = await spawnCli([...args, '--prices', 'flan.jsonl'], { cwd: folder.path });
  expect(bad).toMatchObject({ code: 1 });
  expect(bad.stderr).toMatch(/flan\.jsonl/);
});
