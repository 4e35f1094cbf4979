import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

it('bezoar clean drops by every filter, asks no model, and goes on where nothing changed', async () => {
  const question =
    'A farmer has nine brown hens and buys eleven white ones at the market; how many hens are there?';
  folder.jsonl('exam.jsonl', [{ question, answer: '#### 20' }]);
  folder.jsonl('rows.jsonl', [
    { instruction: 'Why is the sky blue?', response: 'Because air scatters short waves of light the most.' },
    { instruction: 'why is  the sky blue?', response: 'Because air scatters short waves of light the most.' },
    { instruction: 'Why is snow cold?', response: 'It is.' },
    { instruction: `Solve this: ${question}`, response: 'There are twenty hens on the farm now.' },
  ]);
  const args =
    'clean --rows rows.jsonl --min-words 4 --languages en --dedupe exact --against exam.jsonl --out tidy';
  const run = (): ReturnType<typeof spawnCli> => spawnCli(args.split(' '), { cwd: folder.path });
  const { code, stdout } = await run();
  expect(code).toBe(0);
  expect(stdout).toMatch(/^clean +4 +1 +25\.0 % +(?:[a-z-]+ 1(?:, |$)){3}$/m);
  for (const reason of ['too-short', 'duplicate', 'contaminated-ngram'])
    expect(stdout).toContain(`${reason} 1`);
  expect(stdout).not.toContain('model calls');
  const card = readFileSync(join(folder.path, 'tidy', 'README.md'), 'utf8');
  expect(card).toMatch(/\| clean +\| dropped: contaminated-ngram +\| +1 \|/);
  expect((await run()).stderr).toBe('✓ clean: done before, nothing changed\n');
});
