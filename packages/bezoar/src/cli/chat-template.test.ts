import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const chatMl =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
const turn = (role: string, content: string) => ({ role, content });

beforeAll(async () => {
  await writeTinyModel(join(folder.path, 'model'), { chatTemplate: chatMl });
  folder.jsonl('chats.jsonl', [
    {
      messages: [
        turn('user', 'Hi'),
        turn('assistant', 'No.'),
        turn('user', 'robin'),
        turn('assistant', 'brown'),
      ],
    },
    { messages: [turn('user', 'robin'), turn('assistant', 'brown')] },
  ]);
  folder.jsonl('pairs.jsonl', [
    {
      prompt: [turn('user', 'robin')],
      chosen: [turn('assistant', 'brown')],
      rejected: [turn('assistant', 'No.')],
    },
    { question: 'Hi', chosen: 'No.', rejected: 'brown' },
  ]);
  folder.jsonl('questions.jsonl', [{ question: 'robin', answer: 'brown' }]);
});
afterAll(() => folder.remove());

const run = (...args: string[]): Promise<CliResult> => spawnCli(args, { cwd: folder.path });

async function succeed(...args: string[]): Promise<CliResult> {
  const result = await run(...args);
  expect(result.stderr).not.toContain('bezoar:');
  expect(result.code).toBe(0);
  return result;
}

const model = ['--model', 'model', '--weights', 'f32', '--backend', 'reference'];
const training = [
  '--batch-size',
  '2',
  '--gradient-accumulation',
  '1',
  '--warmup-ratio',
  '0',
  '--eval-fraction',
  '0',
];

it('learns conversations in the chat template, and generates and scores in it up to the end of the turn', async () => {
  const chat = ['--template', 'chat'];
  await succeed(
    ...['sft', ...model, ...chat, '--data', 'chats.jsonl', '--out', 'sft', ...training],
    ...['--epochs', '60', '--learning-rate', '3e-2', '--lora-r', '8', '--lora-dropout', '0'],
    ...['--target-modules', 'q_proj,k_proj,v_proj,o_proj,up_proj,down_proj'],
  );
  const adapted = [...model, '--adapter', 'sft'];
  const written = await succeed(
    'generate',
    ...adapted,
    ...chat,
    '--instruction',
    'robin',
    '--max-new-tokens',
    '30',
  );
  expect(written.stdout).toBe('brown\n');
  const scored = await succeed(
    ...['eval', ...adapted, ...chat, '--task', 'generation', '--data', 'questions.jsonl', '--out', 'scores'],
  );
  expect(scored.stdout).toMatch(/generation\/exact_match[\s\S]*base +1\.0000/);
  // DPO starts where the adapter is off: both answers are as likely as they were, and the loss is ln 2.
  const dpo = await succeed('dpo', ...model, ...chat, '--data', 'pairs.jsonl', '--out', 'dpo', ...training);
  expect(dpo.stdout).toMatch(/0\.6931/);
  const first = readFileSync(join(folder.path, 'dpo/events.jsonl'), 'utf8').split('\n')[1]!;
  // Two tokenised sides of both pairs, each in the template: more than the words that were given.
  expect((JSON.parse(first) as { tokens: number }).tokens).toBeGreaterThan(80);
});

describe('what cannot be learnt is refused before anything is written', () => {
  it.each([
    [
      'conversations in a template of sections',
      [],
      /Row 1 of .*chats\.jsonl: The openbezoar template has place for one user turn/,
    ],
    ['a template that is not there', ['--chat-template', 'none.jinja'], /none\.jinja/],
    [
      'turns to train on without a chat template',
      ['--template', 'alpaca', '--train-turns', 'last'],
      /are for kind: chat/,
    ],
    ['an unknown template', ['--template', 'llama'], /openbezoar/],
  ])('%s', async (_, flags, message) => {
    const { code, stderr } = await run(
      'sft',
      ...model,
      ...flags,
      '--data',
      'chats.jsonl',
      '--out',
      'refused',
    );
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
    expect(existsSync(join(folder.path, 'refused'))).toBe(false);
  });
});
