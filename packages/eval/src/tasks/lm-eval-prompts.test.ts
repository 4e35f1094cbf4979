import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderTask } from '../engine/render-documents.ts';
import { builtInTasks } from './built-in-tasks.ts';

/** What LM-Eval-Harness 0.4.13 itself asks on made-up rows in each data set's columns, by number of shots. */
interface Wanted {
  readonly docs: readonly unknown[];
  readonly fewshotDocs: readonly unknown[];
  /** SHA-256 over all contexts and continuations, in order. */
  readonly runs: Readonly<Record<string, { readonly requests: number; readonly sha256: string }>>;
  readonly targets: readonly string[];
  readonly version: number;
  readonly metrics: readonly string[];
}

const path = new URL('../__fixtures__/lm-eval-prompts.json', import.meta.url);
const all = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Wanted>>;
const cases = Object.entries(all).flatMap(([name, wanted]) =>
  Object.keys(wanted.runs).map((shots) => [name, Number(shots), wanted] as const),
);

describe('built-in tasks', () => {
  it.each(cases)('%s asks with %d shots what the harness asks', (name, numFewshot, wanted) => {
    const task = builtInTasks[name]!;
    const { docs, fewshotDocs } = wanted;
    const rendered = renderTask(
      { task, docs, fewshotDocs, numFewshot },
      { limit: Infinity, fewshotSeed: 1234 },
    );
    const hash = createHash('sha256');
    let requests = 0;
    for (const request of rendered.documents.flatMap((document) => [...document.requests])) {
      requests += 1;
      if ('text' in request) throw new Error('no text is scored whole here');
      hash.update('prompt' in request ? request.prompt : request.context + request.continuation);
    }
    expect({ requests, sha256: hash.digest('hex') }).toEqual(wanted.runs[String(numFewshot)]);
    expect(rendered.documents.map(({ item }) => item.target)).toEqual(wanted.targets);
    expect(task.version).toBe(wanted.version);
    const metrics = 'metrics' in task ? task.metrics : ['exact_match'];
    expect(Array.isArray(metrics) ? metrics : Object.keys(metrics)).toEqual(wanted.metrics);
  });

  it('has the 57 subjects of MMLU, and asks for shots in order', () => {
    const subjects = Object.keys(builtInTasks).filter((name) => name.startsWith('mmlu_'));
    expect(subjects).toHaveLength(57);
    const task = builtInTasks['gsm8k_cot']!;
    expect(() =>
      renderTask(
        { task, docs: [{ question: 'q', answer: 'a' }], numFewshot: 9 },
        { limit: 1, fewshotSeed: 1234 },
      ),
    ).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  });
});
