import type { FewshotRule } from '../tasks/task.ts';
import type { PythonRandom } from './python-random.ts';

/** The harness's `fewshot_random_seed`; one generator per task, whose draws go on from document to document. */
export const fewshotSeed = 1234;

/** A row of the few-shot pool: what shows it, and a text that is equal for equal rows. */
export interface FewshotExample {
  readonly text: string;
  readonly identity: string;
}

export interface FewshotDraw {
  readonly random: PythonRandom;
  readonly pool: readonly FewshotExample[];
  readonly count: number;
  readonly rule: FewshotRule;
}

/** The examples of the next document. Must be called once per document, in order: each call moves the generator on. */
export function drawFewshot({ random, pool, count, rule }: FewshotDraw, identity: string): FewshotExample[] {
  if (count === 0) return [];
  const drawn = random.sample(pool, rule.drawsOneMore ? count + 1 : count);
  return drawn.filter((example) => example.identity !== identity).slice(0, count);
}
