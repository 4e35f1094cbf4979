import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rougeL, rougeTokens } from './rouge-l.ts';

interface Pair {
  readonly target: string;
  readonly prediction: string;
  readonly precision: number;
  readonly recall: number;
  readonly fmeasure: number;
}

// datagen is below the package that finds golden cases for the compute packages.
const root = join(process.env['BEZOAR_GOLDEN_DIR'] ?? '/nowhere', 'rouge');
const cases = existsSync(root) ? readdirSync(root) : [];

describe('golden rouge', () => {
  if (cases.length === 0) it.skip('needs rouge cases under BEZOAR_GOLDEN_DIR', () => undefined);
  it.each(cases)('%s', (name) => {
    const pairs = JSON.parse(readFileSync(join(root, name, 'pairs.json'), 'utf8')) as Pair[];
    for (const { target, prediction, ...expected } of pairs) {
      const score = rougeL(rougeTokens(target), rougeTokens(prediction));
      for (const key of ['precision', 'recall', 'fmeasure'] as const) {
        expect(
          Math.abs(score[key] - expected[key]),
          `${key} of ${JSON.stringify([target, prediction])}`,
        ).toBeLessThanOrEqual(1e-12);
      }
    }
  });
});
