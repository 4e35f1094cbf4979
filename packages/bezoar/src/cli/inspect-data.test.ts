import { openFolder } from '@bezoar/formats/node';
import { IGNORED, loadTokenizer } from '@bezoar/model';
import { encodeExample, renderInstructionRow } from '@bezoar/qlora';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preferenceRows } from '../__fixtures__/sample-rows.ts';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';
import { runCli } from './run-cli.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const chatMl = (bos: string, end: string): string =>
  `${bos}{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '${end}' }}{% endfor %}` +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const rows = [
  { instruction: 'What color is the robin?', response: 'The robin is brown — 🐦.' },
  { instruction: 'Long', response: 'brown '.repeat(60).trim() },
  { instruction: 'too long '.repeat(60), response: 'x' },
];

beforeAll(async () => {
  await writeTinyModel(at('model'));
  await writeTinyModel(at('chat'), { chatTemplate: chatMl('', '<|im_end|>\\n') });
  folder.file('endless.jinja', chatMl('', '\\n'));
  folder.file('twice.jinja', chatMl('{{ bos_token }}{{ bos_token }}', '<|im_end|>'));
  folder.jsonl('rows.jsonl', rows);
  folder.jsonl('chats.jsonl', [
    {
      messages: [
        { role: 'user', content: 'Hi \u001b[31mred' },
        { role: 'assistant', content: 'No.' },
        { role: 'user', content: 'robin' },
        { role: 'assistant', content: 'brown' },
      ],
    },
  ]);
  folder.jsonl('pairs.jsonl', preferenceRows);
});
afterAll(() => folder.remove());

const inspect = (...args: string[]): Promise<CliResult> =>
  spawnCli(['inspect-data', ...args], { cwd: folder.path });

async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await inspect(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

interface Inspection {
  readonly rows: number;
  readonly tokens: number;
  readonly targets: number;
  readonly truncated: number;
  readonly maxLength: number;
  readonly lengths: Readonly<Record<string, number>>;
  readonly packs?: { readonly count: number; readonly length: number; readonly fill: number };
  readonly suspicions: Readonly<Record<string, number>>;
  readonly examples: readonly {
    readonly row: number;
    readonly suspicions: readonly string[];
    readonly cut: { readonly tokens: number; readonly targets: number };
    readonly tokens: readonly {
      readonly id: number;
      readonly text: string;
      readonly target: boolean;
      readonly special: boolean;
    }[];
  }[];
}

const json = async (...args: string[]): Promise<Inspection> =>
  JSON.parse(await succeed(...args, '--json')) as Inspection;

describe('bezoar inspect-data', () => {
  it('marks what is learnt, and special tokens, where colours are not wanted', async () => {
    const text = await succeed('--model', 'model', '--data', 'rows.jsonl', '--rows', '1');
    expect(text).not.toContain('\u001b');
    expect(text).toContain('⟨<s>⟩### System:↵\nBelow is an instruction');
    expect(text).toContain(
      '### Instruction:↵\nWhat color is the robin?↵\n↵\n### Response:↵\n«The robin is brown — 🐦.⟨</s>⟩»\n',
    );
    expect(text).not.toContain('row 2 of 3');
  });

  it('masks as training does, and counts', async () => {
    const tokenizer = await loadTokenizer(openFolder(at('model')));
    const encoded = rows.map((row) =>
      encodeExample(renderInstructionRow(row), { tokenizer, maxLength: 300 }),
    );
    const found = await json('--model', 'model', '--data', 'rows.jsonl', '--max-length', '300');
    expect(found.examples).toHaveLength(3);
    for (const [index, { tokens }] of found.examples.entries()) {
      expect(tokens.map(({ id }) => id)).toEqual(encoded[index]!.tokens);
      expect(tokens.map(({ target }) => target)).toEqual(
        encoded[index]!.labels.map((label) => label !== IGNORED),
      );
    }
    const sum = (of: (example: (typeof encoded)[number]) => number): number =>
      encoded.reduce((total, example) => total + of(example), 0);
    expect(found).toMatchObject({
      rows: 3,
      maxLength: 300,
      tokens: sum(({ tokens }) => tokens.length),
      targets: sum(({ targetCount }) => targetCount),
      truncated: 2,
      suspicions: { 'answer-cut': 1, 'no-target': 1 },
    });
    expect(found.examples[0]!.tokens.map(({ text }) => text).join('')).toMatch(/is brown — 🐦\.<\/s>$/);
    expect(found.examples[1]).toMatchObject({ row: 2, suspicions: ['answer-cut'] });
    expect(found.examples[1]!.cut.tokens).toBe(found.examples[1]!.cut.targets);
    // Two are left to train on, and a pack is as long as the longest.
    expect(found.packs).toMatchObject({ count: 2, length: 300 });
  });

  it('warns in words, and shows only such rows when asked', async () => {
    const text = await succeed(
      ...['--model', 'model', '--data', 'rows.jsonl', '--max-length', '300', '--suspicious'],
    );
    expect(text).not.toContain('row 1 of 3');
    expect(text).toMatch(/row 2 of 3 · 300 tokens, \d+ targets · ! answer-cut\n/);
    expect(text).toMatch(/\n✂ (\d+) tokens cut, \1 of them targets\n/);
    expect(text).toMatch(/^! no-target: 1 of 3 rows: nothing is left to learn/m);
    expect(text).toMatch(/^truncated +2, to 300 tokens$/m);
  });

  it.each([
    [
      'alpaca',
      ['--model', 'model', '--data', 'rows.jsonl', '--template', 'alpaca'],
      '### Response:↵?\n?«The robin is brown',
    ],
    [
      'chat',
      ['--model', 'chat', '--data', 'chats.jsonl', '--template', 'chat'],
      '⟨<\\|im_start\\|>⟩assistant↵\n«No.⟨<\\|im_end\\|>⟩»↵\n[^«]*«brown⟨<\\|im_end\\|>⟩»',
    ],
    [
      'chat, last answers only',
      ['--model', 'chat', '--data', 'chats.jsonl', '--template', 'chat', '--train-turns', 'last'],
      'assistant↵\nNo.⟨<\\|im_end\\|>⟩↵\n[^«]*«brown⟨<\\|im_end\\|>⟩»',
    ],
  ])('shows what the template makes: %s', async (_, args, expected) => {
    expect(await succeed(...args)).toMatch(new RegExp(expected));
  });

  it('warns of answers that do not end, and of BOS that stands twice', async () => {
    const chats = ['--model', 'chat', '--data', 'chats.jsonl', '--chat-template'];
    expect((await json(...chats, 'endless.jinja')).suspicions).toEqual({ 'no-end': 1 });
    expect((await json(...chats, 'twice.jinja')).suspicions).toEqual({ 'double-bos': 1 });
  });

  it('shows the stages of a recipe, from rows that a stage has made or from preference pairs', async () => {
    folder.file(
      'recipe.yaml',
      `name: inspected
base: ./model
training: { maxLength: 300, packing: true, packLength: 400 }
stages:
  tidy: { kind: clean, rows: ./rows.jsonl }
  tuned: { kind: sft, from: base, rows: tidy, limit: 1 }
  chosen: { kind: sft, from: tuned, preferences: ./pairs.jsonl }
`,
    );
    const early = await inspect('--recipe', 'recipe.yaml');
    expect(early.code).toBe(1);
    expect(early.stderr).toContain('tidy');
    folder.file('clean.yaml', 'name: inspected\nstages:\n  tidy: { kind: clean, rows: ./rows.jsonl }\n');
    expect((await spawnCli(['run', 'clean.yaml'], { cwd: folder.path })).code).toBe(0);
    expect(await json('--recipe', 'recipe.yaml')).toMatchObject({
      rows: 1,
      maxLength: 300,
      packs: { length: 400 },
    });
    const pairs = await succeed('--recipe', 'recipe.yaml', '--stage', 'chosen', '--rows', '1');
    expect(pairs).toContain('Assistant:« It is brown.⟨</s>⟩»');
    const wrong = await inspect('--recipe', 'recipe.yaml', '--stage', 'tidy');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('Its sft stages: tuned, chosen.');
  });

  it('paints for a terminal unless NO_COLOR is set, and lets no row write to it', async () => {
    const shown = async (env: Record<string, string>): Promise<string> => {
      let written = '';
      const output = { write: (text: string) => void (written += text), isTTY: true, columns: 80 };
      const code = await runCli(
        ['inspect-data', '--model', at('chat'), '--data', at('chats.jsonl'), '--template', 'chat'],
        {
          stdout: output,
          stderr: output,
          env,
          prompts: () => Promise.resolve(undefined),
          interruption: () => new AbortController().signal,
          start: () => {
            throw new Error('nothing is started');
          },
        },
      );
      expect(code).toBe(0);
      return written;
    };
    const painted = await shown({});
    expect(painted).toContain('\u001b[7m<|im_end|>\u001b[0m');
    expect(painted).toMatch(/\u001b\[(32|92)mo?w?n/);
    expect(painted).not.toContain('\u001b[31mred');
    expect(painted).toContain('␛');
    expect(await shown({ NO_COLOR: '1' })).not.toContain('\u001b');
  });
});
