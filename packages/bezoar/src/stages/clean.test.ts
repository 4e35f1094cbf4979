import type { DroppedRow, InstructionRow } from '@bezoar/core';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadRecipe } from '../recipe/load-recipe.ts';
import { runRecipe } from '../run/run-recipe.ts';

const question =
  'A farmer has nine brown hens and buys eleven white ones at the market; how many hens does the farmer have?';
const rows = [
  {
    id: 'good',
    instruction: 'Why is the sky blue?',
    response: 'Because air scatters short waves of light the most.',
  },
  { id: 'short', instruction: 'Why is snow cold?', response: 'It is.' },
  {
    id: 'again',
    instruction: 'why is  the sky blue?',
    response: 'Because air scatters short waves of light the most.',
  },
  {
    id: 'foreign',
    instruction: 'Why is the sun hot?',
    response: 'Weil die Sonne ein Stern ist und in ihr die Kerne sich verbinden.',
  },
  {
    id: 'leaked',
    instruction: `Solve this: ${question}`,
    response: 'There are twenty hens on the farm now, nine and eleven.',
  },
];

async function readStage<Row>(path: string): Promise<Row[]> {
  return Promise.resolve(
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row),
  );
}

it('a clean stage drops by length, language, repetition and contamination, each with its reason', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bezoar-clean-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'rows.jsonl'),
    rows.map((row) => JSON.stringify({ ...row, source: 'test' })).join('\n'),
  );
  writeFileSync(join(folder, 'eval.jsonl'), JSON.stringify({ question, answer: '#### 20' }));
  writeFileSync(
    join(folder, 'recipe.yaml'),
    `name: clean
stages:
  cleaned: { kind: clean, rows: ./rows.jsonl, minWords: 4, languages: [en], dedupe: exact, against: [./eval.jsonl] }
`,
  );
  const { recipe, resolve } = await loadRecipe(join(folder, 'recipe.yaml'));
  for await (const event of runRecipe({ recipe, resolve, runDir: join(folder, 'run') }))
    expect(event).toBeDefined();
  const kept = await readStage<InstructionRow>(join(folder, 'run/cleaned/rows.jsonl'));
  const dropped = await readStage<DroppedRow>(join(folder, 'run/cleaned/dropped.jsonl'));
  expect(kept.map(({ id }) => id)).toEqual(['good']);
  expect(dropped.map(({ id, reason }) => [id, reason])).toEqual([
    ['short', 'too-short'],
    ['foreign', 'other-language'],
    ['again', 'duplicate'],
    ['leaked', 'contaminated-ngram'],
  ]);
  expect(dropped.at(-1)!.detail).toContain('eval.jsonl');
});
