import { startChatServer, type ChatServer } from '@bezoar/llm/testing';
import { execFile } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRecipe } from '../../packages/bezoar/src/recipe/parse-recipe.ts';
import pureTeacher from '../../packages/bezoar/src/__fixtures__/pure-teacher.ts';
import { root } from '../workspace/read-packages.ts';
import { readSnippets } from './read-snippets.ts';

/**
 * The pages about data are followed to the letter: every command and every program of theirs runs in a folder that has the files
 * which they name, with a server on loopback in the place of the provider.
 */
const pages = ['datagen.md', ...readdirSync(join(root, 'docs/datagen')).map((name) => `datagen/${name}`)];
const run = promisify(execFile);
let folder: string;
let server: ChatServer;

const jsonl = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const questions = ['robin', 'owl', 'heron', 'kite', 'swift'].map((bird) => `Where does the ${bird} live?`);
const files: Readonly<Record<string, string>> = {
  'seeds.jsonl': jsonl(questions.map((instruction) => ({ instruction }))),
  'topics.txt': 'birds\ntrees\nrivers\n',
  'flan.jsonl': jsonl(
    questions.map((inputs, index) => ({
      inputs,
      targets: 'it',
      task_source: ['CoT', 'Flan2021'][index % 2]!,
    })),
  ),
  'exam.jsonl': jsonl([{ question: 'Natalia sold clips to 48 friends in April. How many?', answer: '48' }]),
  'rows.jsonl': jsonl(
    questions.map((instruction) => ({ instruction, response: 'In the woods by the river.' })),
  ),
};

beforeAll(async () => {
  server = await startChatServer({
    reply: ({ messages, body }) => pureTeacher({ messages, sampleIndex: body['seed'] as number | undefined }),
  });
  folder = mkdtempSync(join(tmpdir(), 'bezoar-snippets-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const bin = join(root, 'packages/bezoar/src/bin.ts');
  writeFileSync(
    join(folder, 'bezoar'),
    `#!/bin/sh\nexec '${process.execPath}' --conditions=@bezoar/source '${bin}' "$@"\n`,
  );
  chmodSync(join(folder, 'bezoar'), 0o755);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function follow(file: string, args: readonly string[]): Promise<{ readonly stdout: string }> {
  const env = {
    PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
    OPENAI_API_KEY: 'none',
    OPENAI_BASE_URL: server.url,
  };
  return run(file, [...args], { cwd: folder, env });
}

describe.each(pages)('docs/%s', (page) => {
  const markdown = readFileSync(join(root, 'docs', page), 'utf8');
  const programs = readSnippets(markdown);
  const blocks = (language: string): string[] => readSnippets(markdown, language).map(({ code }) => code);
  const [commands, recipes] = [blocks('sh'), blocks('yaml')];

  it.each(programs)('runs the program of line $line', async ({ code }) => {
    const calls = server.requests.length;
    const source = code.replaceAll('http://127.0.0.1:8000/v1', server.url);
    const { stdout } = await follow(process.execPath, [
      '--conditions=@bezoar/source',
      '--input-type=module-typescript',
      '--eval',
      source,
    ]);
    if (code.includes('createOpenAiModel')) expect(server.requests.length).toBeGreaterThan(calls);
    if (code.includes('console.log')) expect(stdout).not.toBe('');
  });

  if (commands.length > 0)
    it('runs its commands', async () => {
      for (const command of commands) {
        const { stdout } = await follow('sh', ['-ec', command]);
        const lines = command.split('\n').filter((line) => line.startsWith('bezoar '));
        expect(stdout.match(/^rows +in +kept/gm)).toHaveLength(lines.length);
      }
    });

  if (recipes.length > 0)
    it('has parts of recipes that are valid', () => {
      for (const part of recipes) expect(() => parseRecipe(`name: part\n${part}`, page)).not.toThrow();
    });
});
