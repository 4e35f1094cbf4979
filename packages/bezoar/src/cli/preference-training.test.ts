import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructionRows, preferenceRows } from '../__fixtures__/sample-rows.ts';
import { spawnCli, type CliResult } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder.path, ...names);

beforeAll(async () => {
  await writeTinyModel(at('model'));
  folder.jsonl('rows.jsonl', instructionRows);
  folder.jsonl('pairs.jsonl', preferenceRows);
  folder.jsonl(
    'rated.jsonl',
    ['robin', 'crow', 'owl', 'perch'].flatMap((animal) => [
      { prompt: `Color of the ${animal}?`, completion: 'It is brown.', label: true },
      { prompt: `Color of the ${animal}?`, completion: 'No.', label: false },
    ]),
  );
});
afterAll(() => folder.remove());

const quick =
  '--max-steps 2 --batch-size 4 --gradient-accumulation 1 --learning-rate 1e-2 --warmup-ratio 0 --backend reference'.split(
    ' ',
  );

function dpo(data: string, out: string, ...more: string[]): Promise<CliResult> {
  return spawnCli(['dpo', '--model', 'model', '--data', data, '--out', out, ...quick, ...more], {
    cwd: folder.path,
  });
}

interface Step {
  readonly type: string;
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

function steps(out: string): Step[] {
  return readFileSync(at(out, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Step)
    .filter(({ type }) => type === 'train-step');
}

describe('bezoar dpo', () => {
  it('trains with KTO on rated completions, and on pairs', async () => {
    const runs = await Promise.all([
      dpo('rated.jsonl', 'kto', '--loss', 'kto', '--undesirable-weight', '2'),
      dpo('pairs.jsonl', 'kto-pairs', '--loss', 'kto'),
    ]);
    expect(runs).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(steps('kto')[0]!.metrics).toMatchObject({ kl: 0 });
    expect(steps('kto-pairs')[0]!.loss).toBeCloseTo(0.5, 5);
  });

  it('trains with ORPO, which has no reference', async () => {
    const [trained, refused] = await Promise.all([
      dpo('pairs.jsonl', 'orpo', '--loss', 'orpo'),
      dpo('pairs.jsonl', 'orpo-2', '--loss', 'orpo', '--precompute-reference'),
    ]);
    expect(trained.code).toBe(0);
    expect(Object.keys(steps('orpo')[0]!.metrics)).toEqual(
      expect.arrayContaining(['nll_loss', 'log_odds_ratio', 'log_odds_chosen']),
    );
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('simpo and orpo compare with no reference');
  });

  it('computes the reference once, and uses it for other settings', async () => {
    const [plain, first] = await Promise.all([
      dpo('pairs.jsonl', 'plain'),
      dpo('pairs.jsonl', 'first', '--precompute-reference'),
    ]);
    expect([plain.code, first.code]).toEqual([0, 0]);
    expect(first.stderr).toContain('reference log-probabilities');
    expect(steps('first').map(({ loss }) => loss)).toEqual(steps('plain').map(({ loss }) => loss));
    const file = at('pairs.jsonl.reference.jsonl');
    const { mtimeMs } = statSync(file);

    const [second, other] = await Promise.all([
      dpo('pairs.jsonl', 'second', '--precompute-reference', '--beta', '0.3'),
      dpo('pairs.jsonl', 'third', '--precompute-reference', '--weights', 'f32'),
    ]);
    expect(second.code).toBe(0);
    expect(second.stderr).not.toContain('reference log-probabilities');
    expect(statSync(file).mtimeMs).toBe(mtimeMs);

    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/pairs\.jsonl\.reference\.jsonl holds .* of something else: weights differ/);
  });

  it('compares with another model, or with a copy of the adapter that it goes on with', async () => {
    const sft = await spawnCli(
      ['sft', '--model', 'model', '--data', 'rows.jsonl', '--out', 'sft', ...quick],
      { cwd: folder.path },
    );
    expect(sft.code).toBe(0);
    const [copied, bare, named] = await Promise.all([
      dpo('pairs.jsonl', 'copied', '--adapter', 'sft', '--reference', 'sft'),
      dpo('pairs.jsonl', 'bare', '--adapter', 'sft'),
      dpo('pairs.jsonl', 'named', '--adapter', 'sft', '--reference', 'model'),
    ]);
    expect([bare.code, named.code]).toEqual([0, 0]);
    expect(copied.code).toBe(0);
    expect(copied.stderr).not.toContain('has an adapter already');
    // Policy and reference are the same model at the start.
    expect(steps('copied')[0]!.metrics['rewards/margins']).toBeCloseTo(0, 5);
    expect(steps('copied')[0]!.loss).toBeCloseTo(Math.LN2, 5);

    expect(steps('bare')[0]!.metrics['rewards/chosen']).not.toBeCloseTo(0, 3);
    expect(steps('named')[0]!.metrics).toEqual(steps('bare')[0]!.metrics);
  });
});
