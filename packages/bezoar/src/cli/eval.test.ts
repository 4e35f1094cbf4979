import { startChatServer } from '@bezoar/llm/testing';
import { startHubServer, type HubServer } from '@bezoar/hub/testing';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli, startCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder.path, ...names);

const rte = (count: number): object[] =>
  Array.from({ length: count }, (_, n) => ({
    sentence1: `The robin number ${n} is brown, and lives in the garden.`,
    sentence2: `A robin is number ${n % 7}.`,
    label: n % 2,
  }));
const anli = Array.from({ length: 6 }, (_, n) => ({
  premise: `Robin ${n >> 1}.`,
  hypothesis: `It is ${n}.`,
  label: n % 3,
}));
const openbook = Array.from({ length: 5 }, (_, n) => ({
  question_stem: `Where does robin ${n} live`,
  choices: { text: ['garden', 'sea', 'moon', 'robin'], label: ['A', 'B', 'C', 'D'] },
  answerKey: 'ABCD'[n % 4],
}));
const ownTask = `include: _base
task: colors
doc_to_text: "Color of {{animal}}?"
doc_to_target: color
`;
const base = `dataset_path: json
test_split: test
output_type: multiple_choice
doc_to_choice: [brown, red]
metric_list: [{ metric: acc }, { metric: acc_bytes }]
`;

let hub: HubServer;
beforeAll(async () => {
  await writeTinyModel(at('model'));
  folder.jsonl('rte-rows-validation.jsonl', rte(12));
  for (const round of [1, 2, 3]) folder.jsonl(`anli_r${round}-rows-test_r${round}.jsonl`, anli);
  folder.jsonl('colors-rows-test.jsonl', [
    { animal: 'the robin', color: 'brown' },
    { animal: 'the fox', color: 'red' },
  ]);
  folder.jsonl('long.jsonl', rte(1200));
  folder.file('colors.yaml', ownTask);
  folder.file('_base', base);
  const lines = (rows: object[]): string => rows.map((row) => JSON.stringify(row)).join('\n');
  hub = await startHubServer({
    repos: [
      {
        type: 'dataset',
        name: 'allenai/openbookqa',
        files: { 'main/test.jsonl': lines(openbook), 'main/train.jsonl': lines(openbook.slice(1)) },
      },
    ],
  });
});
afterAll(async () => {
  await hub.close();
  folder.remove();
});

const evalArgs = (out: string, ...args: string[]): string[] => [
  'eval',
  ...['--model', 'model', '--threads', '1', '--out', out],
  ...(args.includes('--weights') ? [] : ['--weights', 'f32']),
  ...args,
];
const env = (): Record<string, string> => ({ HF_ENDPOINT: hub.url, HF_HOME: at('cache') });
const run = (out: string, ...args: string[]): Promise<CliResult> =>
  spawnCli(evalArgs(out, ...args), { cwd: folder.path, env: env() });

interface Results {
  readonly results: Record<string, Record<string, number>>;
  readonly versions: Record<string, number>;
  readonly configs: Record<string, { readonly metadata: { readonly profile: string } }>;
  readonly config: { readonly model_args: { readonly bos: string } };
}

function onlyFile(out: string, start: string): string {
  const names = readdirSync(at(out, 'base')).filter((name) => name.startsWith(start));
  expect(names).toHaveLength(1);
  return readFileSync(at(out, 'base', names[0]!), 'utf8');
}
const results = (out: string): Results => JSON.parse(onlyFile(out, 'results')) as Results;

/** Several processes each, on a busy machine. */
const patient = { timeout: 90_000 };

describe('bezoar eval and compare', patient, () => {
  it('takes tasks, groups and task files of the harness together, with rows by name', async () => {
    const { code, stdout, stderr } = await run(
      'runs/several',
      ...[
        '--task',
        'rte,anli,colors.yaml',
        '--data',
        '{task}-rows-{split}.jsonl',
        '--profile',
        'lm-eval@0.4.0',
      ],
    );
    expect(stderr).not.toContain('bezoar:');
    expect(code).toBe(0);
    const found = results('runs/several');
    expect(Object.keys(found.results)).toEqual(['rte', 'anli_r1', 'anli_r2', 'anli_r3', 'colors']);
    expect(Object.keys(found.results['colors']!)).toContain('acc_bytes,none');
    expect(found.config.model_args.bos).toBe('never');
    expect(found.configs['rte']!.metadata.profile).toBe('lm-eval 0.4.0');
    for (const name of ['rte/acc', 'anli_r3/acc', 'colors/acc_bytes']) expect(stdout).toContain(name);
    expect(onlyFile('runs/several', 'samples_colors').split('\n')).toHaveLength(3);
  });

  it('reads the data set of a task from the Hub, and its examples where shots are asked for', async () => {
    const { code, stderr } = await run('runs/hub', '--task', 'openbookqa', '--num-fewshot', '2');
    expect(stderr).not.toContain('bezoar:');
    expect(code).toBe(0);
    const [sample] = onlyFile('runs/hub', 'samples_openbookqa').split('\n');
    const { arguments: asked } = JSON.parse(sample!) as { arguments: { gen_args_0: { arg_0: string } } };
    expect(asked.gen_args_0.arg_0.split('\n\n')).toHaveLength(3);
  });

  it('writes a table and metadata of a card, and puts runs side by side', async () => {
    const args = ['--task', 'rte', '--data', 'rte-rows-validation.jsonl'];
    expect((await run('runs/first', ...args)).code).toBe(0);
    expect((await run('runs/second', ...args, '--weights', 'nf4')).code).toBe(0);
    expect(readFileSync(at('runs/first', 'base', 'scores.md'), 'utf8')).toMatch(
      /\| rte \| 1 \| 0 \| none \| acc \| 12 \|/,
    );
    expect(readFileSync(at('runs/first', 'base', 'model-index.yaml'), 'utf8')).toContain(
      'type: nyu-mll/glue',
    );

    const compare = (...rest: string[]): Promise<CliResult> =>
      spawnCli(['compare', ...rest], { cwd: folder.path, env: env() });
    const { code, stdout } = await compare('runs/first', 'small=runs/second', '--out', 'compared');
    expect(code).toBe(0);
    expect(stdout).toContain('| Task | Shots | Metric | first | small |');
    expect(stdout).toMatch(/\| rte \| 0 \| acc \|/);
    const page = readFileSync(at('compared', 'comparison.html'), 'utf8');
    expect(page).toContain('<h1>2 models compared</h1>');
    expect(page).not.toMatch(/<script|src=|href="(?!#)|https?:|@import/);
    expect(readFileSync(at('compared', 'comparison.md'), 'utf8')).toBe(stdout.split('\nOutput: ')[0]);
    for (const [given, message] of [
      [['runs/first'], /nothing to compare/],
      [['runs/first', 'runs/none'], /no folder .*none/],
      [['runs/first', 'rows=.', '--rounds', 'x'], /--rounds/],
    ] as const) {
      const refused = await compare(...given);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(message);
    }
  });

  it('goes on after kill -9 without asking again, to the same samples', async () => {
    const args = ['--task', 'rte', '--data', 'long.jsonl'];
    expect((await run('runs/whole', ...args)).code).toBe(0);
    const answers = (): string[] => {
      const path = at('runs/killed', 'answers.jsonl');
      return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
    };
    const killed = startCli(evalArgs('runs/killed', ...args), { cwd: folder.path, env: env() });
    const timer = setInterval(() => {
      if (answers().length > 300) killed.process.kill('SIGKILL');
    }, 5);
    expect((await killed.ended).code).toBeNull();
    clearInterval(timer);
    const before = answers();
    expect(before.length).toBeGreaterThan(300);
    expect(before.length).toBeLessThan(2400);

    expect((await run('runs/killed', ...args)).code).toBe(0);
    const after = answers();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after).toHaveLength(2400);
    expect(new Set(after).size).toBe(2400);
    expect(onlyFile('runs/killed', 'samples')).toBe(onlyFile('runs/whole', 'samples'));
    expect(results('runs/killed').results).toEqual(results('runs/whole').results);
  });

  it('asks a model behind an API: completions for scores, a chat for replies, nothing twice', async () => {
    let asked = 0;
    const server = await startChatServer({
      reply({ path, body, messages }) {
        asked += 1;
        if (path.endsWith('/chat/completions')) return `#### ${messages.length}`;
        const tokens = [...(body['prompt'] as string).match(/ ?[^ ]+/g)!, '!'];
        const logprobs = {
          tokens,
          token_logprobs: tokens.map((token, index) => (index === 0 ? null : -token.length)),
          top_logprobs: tokens.map(() => null),
        };
        return { status: 200, body: { choices: [{ text: tokens.join(''), logprobs }] } };
      },
    });
    try {
      const served = (out: string, ...args: string[]): Promise<CliResult> =>
        spawnCli(['eval', '--model', 'openai:tiny', '--base-url', server.url, '--out', out, ...args], {
          cwd: folder.path,
          env: env(),
        });
      const choices = ['--task', 'rte', '--data', 'rte-rows-validation.jsonl'];
      const first = await served('runs/served', ...choices);
      expect(first.stderr).not.toContain('bezoar:');
      expect(first.code).toBe(0);
      expect(asked).toBe(24);
      // "True" is shorter than "False": half of the labels.
      expect(first.stdout).toMatch(/served +0\.5000/);
      expect((await served('runs/served', ...choices, '--limit', '6')).code).toBe(0);
      expect(asked).toBe(24);

      folder.jsonl('sums.jsonl', [{ question: 'How much?', answer: '#### 1' }]);
      const sums = ['--task', 'gsm8k', '--num-fewshot', '0', '--data', 'sums.jsonl', '--api', 'chat'];
      expect(await served('runs/chat', ...sums)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/served +1\.0000/) as string,
      });
      const refused = await served('runs/chat-rte', ...choices, '--api', 'chat');
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('it does not say how likely a given text is');
    } finally {
      await server.close();
    }
  });

  it.each([
    ['one file of rows for several tasks', ['--task', 'anli', '--data', 'long.jsonl'], /anli is 3 tasks/],
    [
      'a task that is not in the profile',
      ['--task', 'gsm8k_cot', '--profile', 'lm-eval@0.4.0'],
      /no task gsm8k_cot in/,
    ],
    ['a profile that there is not', ['--task', 'rte', '--profile', 'lm-eval@9'], /profile/],
    ['a task file that is missing', ['--task', 'other.yaml', '--data', 'x.jsonl'], /no task file other.yaml/],
  ])('refuses %s', async (_, args, message) => {
    const { code, stderr } = await run('runs/refused', ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(existsSync(at('runs/refused'))).toBe(false);
  });
});
