import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFlags } from '../../packages/bezoar/src/cli/flags.ts';
import { root } from '../workspace/read-packages.ts';
import { readCliCommands } from './read-cli-commands.ts';
import { readCommands, readFlags } from './read-commands.ts';
import { readDocuments } from './read-documents.ts';

const commands = await readCliCommands();
/** Flags that the documents name and that are npm's, Slurm's, LM-Eval-Harness's, or every command's. */
const otherFlags = [
  'debug',
  'ignore-scripts',
  'gpus-per-task',
  'tasks',
  'batch_size',
  'log_samples',
  'output_path',
  'use_cache',
];

/** What is wrong with a call, or undefined. Of a command that the text only names, what is missing is not wrong. */
function problemOf(words: readonly string[], isWhole: boolean): string | undefined {
  const [command = '', ...rawArgs] = words.filter((each) => each !== '--debug');
  if (/^(<command>|command|…|--version|--help|-h|-v)$/.test(command) || rawArgs.includes('--help'))
    return undefined;
  const args = commands.get(command)?.args;
  if (args === undefined) return `there is no command ${command}`;
  try {
    checkFlags({ command, args, rawArgs });
  } catch (error) {
    const { message } = error as Error;
    if (isWhole || !/ is missing\.$| needs a value\.$/.test(message)) return message;
  }
  return undefined;
}

describe('readCommands', () => {
  it('finds calls in shell blocks, joined and without comments, and in the text', () => {
    const markdown = [
      'Say `bezoar plan` first.',
      '```sh',
      'npm install bezoar',
      'bezoar sft --model ./m \\   ',
      '```',
      '```sh',
      "npx bezoar eval --task 'a b' \\",
      '  --limit 3 > out.txt   # all of it',
      'torchrun --no-python bezoar sft --x; ls',
      '```',
    ].join('\n');
    expect(readCommands(markdown.replace('\\   ', '--data d'))).toEqual([
      { line: 4, words: ['sft', '--model', './m', '--data', 'd'], isWhole: true },
      { line: 7, words: ['eval', '--task', 'a b', '--limit', '3'], isWhole: true },
      { line: 9, words: ['sft', '--x'], isWhole: true },
      { line: 1, words: ['plan'], isWhole: false },
    ]);
  });
});

describe('problemOf', () => {
  it.each([
    [['sfft'], true, 'there is no command sfft'],
    [['sft', '--modle', 'm'], false, 'unknown flag --modle'],
    [['sft'], true, '--model is missing'],
    [['run', 'a.yaml', 'b.yaml'], true, 'too many arguments'],
  ])('of %j, whole: %s', (words, isWhole, problem) => {
    expect(problemOf(words, isWhole)).toContain(problem);
  });

  it('lets a text name a part of a command', () => {
    expect(problemOf(['sft', '--epochs'], false)).toBeUndefined();
  });
});

const documents = readDocuments().map(({ path, markdown }) => ({ file: relative(root, path), markdown }));

it('the documents show commands that the command line takes', () => {
  const shown = documents.flatMap(({ file, markdown }) =>
    readCommands(markdown).map((command) => ({ ...command, file })),
  );
  expect(shown.length).toBeGreaterThan(80);
  const problems = shown.flatMap(({ file, line, words, isWhole }) => {
    const problem = problemOf(words, isWhole);
    return problem === undefined ? [] : [`${file}:${line}: ${problem}`];
  });
  expect(problems).toEqual([]);
});

it('the documents name flags that a command has', () => {
  const known = new Set([...otherFlags, ...[...commands.values()].flatMap(({ args }) => Object.keys(args))]);
  const unknown = documents.flatMap(({ file, markdown }) =>
    readFlags(markdown)
      .map((flag) => flag.slice(2))
      .filter((flag) => !known.has(flag) && !known.has(flag.replace(/^no-/, '')))
      .map((flag) => `${file}: --${flag}`),
  );
  expect(unknown).toEqual([]);
});
