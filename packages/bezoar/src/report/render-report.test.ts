import type { RunEvent } from '@bezoar/core';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { collectHistory } from '../events/stage-history.ts';
import { parseRecipe } from '../recipe/parse-recipe.ts';
import type { RunSummary, StageSummary } from '../run/run-summary.ts';
import type { MtBenchCell } from '../stages/mt-bench-summary.ts';
import { renderReport } from './render-report.ts';

const recipe = parseRecipe(
  `name: sample
base: /home/somebody/models/llama
budget: 2
models: { teacher: "script:./t.ts" }
stages:
  made: { kind: lamini, model: teacher, seeds: ./s.jsonl, count: 3 }
  kept: { kind: filter, rows: made, judges: [teacher] }
  tuned: { kind: dpo, from: base, preferences: ./p.jsonl }
  scores: { kind: eval, models: [base, tuned], preferences: ./p.jsonl }
  bench: { kind: mt-bench, questions: ./q.jsonl, models: [base, tuned], judge: teacher }
`,
  'sample.yaml',
);

const step = (number: number): RunEvent => ({
  type: 'train-step',
  stage: 'tuned',
  step: number,
  totalSteps: 3,
  epoch: number / 3,
  loss: 1 / number,
  learningRate: 1e-4 * number,
  gradNorm: 1,
  tokens: 100,
  tokensPerSecond: 50,
  metrics: {
    'rewards/chosen': 0.1 * number,
    'rewards/rejected': -0.1 * number,
    'rewards/margins': 0.2 * number,
    'rewards/accuracies': 0.5,
    kl: 0.25 * number,
  },
});

const start = (stage: string): RunEvent => ({ type: 'stage-start', stage, detail: 'new' });

/** What rows, judges and servers may say. */
const hostile = `"'></td></script><script>alert(1)</script><img src=x onerror=alert(1)>&lt;\u0000`;

const events: readonly RunEvent[] = [
  start('made'),
  {
    type: 'funnel',
    stage: 'made',
    funnel: { stage: 'made', input: 10, kept: 7, dropped: { refusal: 2, [hostile]: 1 } },
  },
  { type: 'warning', stage: 'made', message: 'a <b>warning</b> & more' },
  start('kept'),
  {
    type: 'funnel',
    stage: 'kept',
    funnel: { stage: 'kept', input: 7, kept: 6, dropped: { 'rejected-by-judge': 1 } },
  },
  { type: 'usage', stage: 'kept', calls: 7, cached: 2, inputTokens: 70, outputTokens: 14, cost: 0.5 },
  start('tuned'),
  step(1),
  step(2),
  step(3),
  { type: 'evaluation', stage: 'tuned', step: 3, metrics: { eval_loss: 0.5, eval_kl: 0.5 } },
  start('scores'),
  start('bench'),
];
const history = collectHistory(events);

const environment = {
  ...{ bezoar: '1.2.3', node: 'v24.21.0', os: 'linux x64 6.8.0', cpu: 'A processor' },
  ...{ cores: 2, memory: 2 ** 33, git: { commit: 'c0ffee', changed: true } },
};

const judgment = (rating: number, reason: string) =>
  ({ judge: hostile, status: rating > 5 ? 'accept' : 'reject', rating, reason }) as const;
const long = `A long answer. ${'It goes on and on. '.repeat(400)}Its end.`;

const cell = (score: number): MtBenchCell => ({
  ...{ score, judged: 2, missing: 0 },
  interval: [score - 1, score + 1],
});
const turns = [cell(6), cell(5)] as const;

const found: Readonly<Record<string, Partial<StageSummary>>> = {
  made: {
    rows: {
      kept: [{ id: 'k1', instruction: hostile, response: long, source: 'lamini/topic-guided' }],
      dropped: {
        refusal: [
          { id: 'd1', stage: 'made', reason: 'refusal', detail: hostile, row: { instruction: hostile } },
        ],
        [hostile]: [{ id: hostile, stage: 'made', reason: hostile, row: hostile }],
      },
      ratings: {},
      agreement: [],
    },
  },
  kept: {
    rows: {
      kept: [{ id: 'k1', instruction: 'i', response: 'r', source: 's', judgments: [judgment(9, 'True.')] }],
      dropped: {
        'rejected-by-judge': [
          {
            ...{ id: 'd2', stage: 'kept', reason: 'rejected-by-judge' },
            row: {
              id: 'd2',
              instruction: 'i',
              response: 'r',
              source: 's',
              judgments: [judgment(2, hostile)],
            },
          },
        ],
      },
      ratings: { [hostile]: { 9: { kept: 6, dropped: 0 }, 2: { kept: 0, dropped: 1 } } },
      agreement: [{ judges: [hostile, 'b'], rows: 7, raw: 0.8, kappa: 0.5 }],
    },
    costs: [
      {
        ...{ model: hostile, calls: 7, failed: 1, inputTokens: 70, outputTokens: 14 },
        ...{ cost: 0.5, unpriced: 0, paidTwice: 0, paidTwiceCost: 0 },
      },
    ],
  },
  tuned: { environment: { ...environment, backend: 'cpu native avx2, f32, 2 threads' } },
  scores: {
    scores: {
      models: {
        base: { 'preference/win_rate': { value: 0.5, stderr: 0.05, interval: [0.4, 0.6], n: 100 } },
        tuned: {
          'preference/win_rate': { value: 0.8 },
          'hard/perplexity': { value: 7, higherIsBetter: false },
        },
      },
      differences: [
        {
          ...{ model: 'tuned', baseline: 'base', metric: 'preference/win_rate', difference: 0.3 },
          ...{ interval: [0.2, 0.4], n: 100, pValue: 0.0004, isBetter: true },
        },
      ],
      samples: [
        {
          task: 'facts',
          prompt: 'Is <script>alert(1)</script> markup?',
          target: hostile,
          answers: { base: { text: '', score: 0 }, tuned: { text: hostile, score: 1 } },
        },
      ],
    },
  },
  bench: {
    scores: {
      models: {},
      samples: [
        {
          ...{ task: 'writing', prompt: 'Write of the robin.', target: '', rated: true },
          answers: { base: { text: 'A bird.', score: 7 }, [hostile]: { text: hostile, score: null } },
        },
      ],
      differences: [
        {
          ...{ model: hostile, baseline: 'base', metric: 'mt_bench/first_turn', difference: -1 },
          ...{ interval: [-2, 0.5], n: 4, pValue: 0.4, isBetter: false },
        },
      ],
    },
    mtBench: {
      kind: 'single',
      notes: [hostile],
      models: ['base', hostile].map((model) => ({
        ...{ model, average: cell(5.5), turns, missing: {} },
        categories: Object.fromEntries(
          ['writing', 'math', hostile].map((name) => [name, { ...cell(5.5), turns }]),
        ),
      })),
    },
  },
};

const summary: RunSummary = {
  recipe,
  runDir: '/runs/sample',
  started: '2026-01-31T10:00:00.000Z',
  finished: '2026-01-31T10:05:00.000Z',
  expectations: [
    {
      metric: 'preference/win_rate',
      better: 'tuned',
      than: 'base',
      by: 0.1,
      betterValue: 0.8,
      thanValue: 0.5,
      met: true,
    },
  ],
  stages: Object.entries(recipe.stages).map(([id, stage]) => ({
    ...{ id, stage, kept: false, history: history.get(id)! },
    ...{ scores: undefined, mtBench: undefined, rows: undefined, costs: [] },
    ...{ print: 'a1b2c3', inputPrints: { './s.jsonl': '5eed' }, environment },
    finished: '2026-01-31T10:05:00.000Z',
    ...found[id],
  })),
};

const page = renderReport(summary);
const scripts = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map(([, text]) => text!);
/** The page without its own script. */
const markup = page.replace(scripts[0]!, '').replace('xmlns="http://www.w3.org/2000/svg"', '');
const text = markup
  .replace(/<style>[^]*<\/style>/, '')
  .replace(/<[^>]+>/g, ' ')
  .replace(/\s+/g, ' ');

describe('renderReport', () => {
  it('needs nothing from outside, and lets no script run but its own', () => {
    const [policy, ...more] = page.match(/<meta http-equiv="Content-Security-Policy" content="[^"]+"/g) ?? [];
    expect(more).toEqual([]);
    expect(policy).toContain('default-src &#39;none&#39;');
    expect(scripts).toHaveLength(1);
    const hash = createHash('sha256').update(scripts[0]!).digest('base64');
    expect(policy).toContain(`script-src &#39;sha256-${hash}&#39;`);
    expect(markup).not.toMatch(/<link|<img|<iframe|<object|\bsrc="|url\(|@import|https?:\/\//);
    expect(page).toContain('(prefers-color-scheme:dark)');
    expect(page).toContain('name="viewport"');
  });

  it('escapes everything that the data says, wherever it stands', () => {
    expect(markup.match(/<script/g)).toHaveLength(1);
    expect(markup.replace(/="[^"]*"/g, '').match(/<[a-z]+\b[^>]*\son\w+/gi)).toBeNull();
    expect(markup).not.toContain('\u0000');
    expect(page).toContain('Is &lt;script&gt;alert(1)&lt;/script&gt; markup?');
    expect(page).toContain('a &lt;b&gt;warning&lt;/b&gt; &amp; more');
    expect(markup.match(/&lt;img src=x/g)!.length).toBeGreaterThan(15);
  });

  it('gives every chart a text, and every line of numbers a table', () => {
    const charts = page.match(/<svg\b[^>]*>/g) ?? [];
    // Loss, rewards, accuracies, divergence, gradient norm, rate; two metrics; MT-Bench: radar and averages.
    expect(charts).toHaveLength(10);
    for (const chart of charts.filter((each) => !each.includes('xmlns')))
      expect(chart).toMatch(/role="img" aria-label="[^"]+: [^"]+"/);
    expect(page).toContain('aria-label="preference/win_rate: base 0.5 (0.4 to 0.6), tuned 0.8"');
    expect(page).toContain(
      'aria-label="Divergence from the reference: estimate from 0.375 to 0.625; estimate, held out from 0.5 to 0.5"',
    );
    expect(page).not.toContain('Mean logits');
    expect(page).toMatch(
      /aria-label="Loss: training, smoothed from [\d.]+ to [\d.]+; held-out rows from 0\.5 to 0\.5"/,
    );
    expect(page.match(/data-plot="/g)).toHaveLength(6);
    expect(page.match(/<details class="values">\s*<summary>Values/g)).toHaveLength(6);
  });

  it('shows where a model is asked, and no key in its address, and no place on a disk', () => {
    const far = { model: 'openai:m', baseURL: 'http://far.example/v1?api-key=Zq93' };
    const html = renderReport({ ...summary, recipe: { ...recipe, models: { far } } });
    expect(html).toContain('http://far.example/v1');
    expect(html).not.toContain('Zq93');
    expect(html).toContain('…/llama');
    expect(html).not.toContain('somebody');
  });

  it('tells how it ended, and what rows went through', () => {
    expect(text).toContain('✓ Met the expectation. All 5 stages are done 2026-01-31 10:05 UTC.');
    const missed = summary.expectations.map((each) => ({ ...each, met: false }));
    expect(renderReport({ ...summary, expectations: missed })).toContain('✗ Missed the expectation.');
    expect(text).toContain('6 of 10 kept (60.0 %)');
    expect(text).toMatch(/in 10 refusal 2 20\.0 % .* kept 7 70\.0 %/);
    expect(text).toMatch(/in 7 rejected-by-judge 1 14\.3 % kept 6 85\.7 %/);
    expect(text).toMatch(/9 6 kept 2 0 kept, 1 dropped/);
    expect(text).toContain('and b agree on 80.0 % of 7 rows (κ 0.50)');
    expect(text).toContain('(nothing)');
    expect(page).toContain('lora.targetModules');
  });

  it('folds a long text and cuts a very long one', () => {
    expect(text).toMatch(/A long answer\. .*… 7,6\d\d characters .*… 1,6\d\d more characters/);
    expect(text).not.toContain('Its end.');
  });

  it('says how models differ, in words', () => {
    expect(text).toContain('+0.3 ▲ better [+0.2, +0.4] p < 0.001'.replace('<', '&lt;'));
    expect(text).toContain('hard/perplexity lower is better');
    const [difference] = summary.stages[3]!.scores!.differences!;
    const verdictOf = (changes: object): string | undefined => {
      const scores = { ...summary.stages[3]!.scores!, differences: [{ ...difference!, ...changes }] };
      const stages = summary.stages.map((each) => (each.id === 'scores' ? { ...each, scores } : each));
      return /▲ better|▼ worse|≈ not distinguishable/.exec(renderReport({ ...summary, stages }))?.[0];
    };
    expect(verdictOf({ isBetter: false })).toBe('▼ worse');
    expect(verdictOf({ pValue: 0.05 })).toBe('≈ not distinguishable');
  });

  it('shows what a judge gave, and how that differs', () => {
    expect(text).toMatch(/Write of the robin\. base rated 7 of 10 A bird\. &quot;/);
    expect(text).toMatch(/Differences from base .* −1 ≈ not distinguishable \[−2, \+0\.5\] p = 0\.4/);
    expect(text).toMatch(/writing 5\.50 4\.50 to 6\.50 turns 6\.00 · 5\.00/);
  });

  it('shows costs against the budget, and where it ran', () => {
    expect(text).toContain('$0.5000 of a budget of $2.00 (25.0 %)');
    expect(text).toMatch(/7 2 1 70 14 \$0\.5000/);
    expect(text).toContain('A processor, 2 cores');
    expect(text).toContain('8.0 GiB');
    expect(text).toContain('c0ffee, with changes');
    expect(text).toContain('cpu native avx2, f32, 2 threads');
    expect(text).toContain('./s.jsonl 5eed');
  });

  it('draws no number that is none, and the same page of the same summary', () => {
    expect(markup).not.toMatch(/NaN|Infinity|undefined|\[object/);
    expect(renderReport(structuredClone(summary))).toBe(page);
  });

  it('stays small however long the training was, and keeps its peaks', () => {
    const steps = 100_000;
    const many = Array.from({ length: steps }, (_, index) => ({
      ...step(index + 1),
      loss: index === 77_777 ? 123 : 1,
    }));
    const tuned = collectHistory([start('tuned'), ...many]).get('tuned')!;
    const stages = summary.stages.map((each) => (each.id === 'tuned' ? { ...each, history: tuned } : each));
    const long = renderReport({ ...summary, stages });
    expect(long.length).toBeLessThan(page.length + 150_000);
    expect(long).toContain('[77778,123]');
  });
});
