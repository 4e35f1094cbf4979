import { describe, it } from 'vitest';
import { goldenCases, type GoldenCase } from './golden-cases.ts';

/** A suite over every golden case of a kind; where there is none, one skipped test that says so. */
export function describeGolden(kind: string, define: (cases: readonly GoldenCase[]) => void): void {
  const cases = goldenCases(kind);
  describe(`golden ${kind}`, () => {
    if (cases.length > 0) define(cases);
    else it.skip(`needs ${kind} cases under BEZOAR_GOLDEN_DIR`, () => undefined);
  });
}
