import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const dataDir = process.env['BEZOAR_DATA_DIR'] ?? '';
const title =
  dataDir === '' ? 'real evaluation data (skipped: BEZOAR_DATA_DIR is not set)' : 'real evaluation data';

/** Of RFC 4180, with quoted fields. */
function parseCsv(text: string): Record<string, string>[] {
  const cell = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/y;
  const rows: string[][] = [[]];
  while (cell.lastIndex < text.length) {
    const [, value, end] = cell.exec(text)!;
    rows.at(-1)!.push(value!.startsWith('"') ? value!.slice(1, -1).replaceAll('""', '"') : value!);
    if (end !== ',') rows.push([]);
  }
  const [header, ...body] = rows.filter((row) => row.length > 1);
  return body.map((row) => Object.fromEntries(header!.map((name, index) => [name, row[index] ?? ''])));
}

/** The published table in the columns of the Hub's configuration multiple_choice. */
function truthfulRows(path: string): object[] {
  const list = (text: string | undefined): string[] =>
    [...new Set((text ?? '').split(';').map((each) => each.trim()))].filter((each) => each !== '');
  return parseCsv(readFileSync(path, 'utf8')).map((row) => {
    const [best, right, wrong] = [
      row['Best Answer']!,
      list(row['Correct Answers']),
      list(row['Incorrect Answers']),
    ];
    const targets = (choices: string[], count: number) => ({
      choices,
      labels: choices.map((_, index) => (index < count ? 1 : 0)),
    });
    return {
      question: row['Question'],
      mc1_targets: targets([best, ...wrong], 1),
      mc2_targets: targets([...right, ...wrong], right.length),
    };
  });
}

describe.skipIf(dataDir === '')(title, () => {
  const folder = temporaryFolder();
  const data = (name: string): string => join(dataDir, 'eval', name);
  beforeAll(() => writeTinyModel(join(folder.path, 'model')));
  afterAll(() => folder.remove());

  async function evaluate(
    out: string,
    args: readonly string[],
  ): Promise<Record<string, Record<string, number>>> {
    const common = ['--model', 'model', '--weights', 'f32', '--out', out];
    const { code, stderr } = await spawnCli(['eval', ...common, ...args], { cwd: folder.path });
    expect(stderr).not.toContain('bezoar:');
    expect(code).toBe(0);
    const [name] = readdirSync(join(folder.path, out, 'base')).filter((each) => each.startsWith('results'));
    const text = readFileSync(join(folder.path, out, 'base', name!), 'utf8');
    return (JSON.parse(text) as { results: Record<string, Record<string, number>> }).results;
  }

  it('ARC-Challenge, whole', async () => {
    const found = await evaluate('arc', [
      '--task',
      'arc_challenge',
      '--data',
      data('arc_challenge-test.jsonl'),
    ]);
    expect(found['arc_challenge']).toMatchObject({ sample_len: 1172 });
    expect(found['arc_challenge']!['acc,none']).toBeGreaterThan(0.1);
    expect(found['arc_challenge']!['acc_norm,none']).toBeLessThan(0.5);
  });

  it('ANLI, whole, and with shots', async () => {
    const args = ['--task', 'anli_r3', '--data', data('anli-test.jsonl')];
    const found = await evaluate('anli', args);
    expect(found['anli_r3']).toMatchObject({ sample_len: 1200 });
    const shots = [
      ...args,
      '--fewshot-data',
      data('anli-test.jsonl'),
      '--num-fewshot',
      '2',
      '--limit',
      '100',
    ];
    expect((await evaluate('anli-shots', shots))['anli_r3']).toMatchObject({ sample_len: 100 });
  });

  it('TruthfulQA, both ways of scoring, whole', async () => {
    const rows = truthfulRows(data('truthfulqa.csv'));
    expect(rows).toHaveLength(817);
    const path = folder.jsonl('truthful.jsonl', rows);
    const found = await evaluate('truthful', ['--task', 'truthfulqa_mc1,truthfulqa_mc2', '--data', path]);
    for (const name of ['truthfulqa_mc1', 'truthfulqa_mc2']) {
      expect(found[name]).toMatchObject({ sample_len: 817 });
      expect(found[name]!['acc,none']).toBeGreaterThan(0.05);
      expect(found[name]!['acc,none']).toBeLessThan(0.95);
    }
  });

  it('GSM8K, with five shots that the harness draws', async () => {
    const found = await evaluate('gsm8k', [
      ...['--task', 'gsm8k', '--data', data('gsm8k-test.jsonl'), '--limit', '60'],
      ...['--fewshot-data', data('gsm8k-train-2000.jsonl')],
    ]);
    expect(found['gsm8k']).toMatchObject({ sample_len: 60, 'exact_match,strict-match': 0 });
  });
});
