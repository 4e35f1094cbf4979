import type { RunEvent } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { collectHistory } from '../events/stage-history.ts';
import { parseRecipe } from '../recipe/parse-recipe.ts';
import type { RunSummary } from '../run/run-summary.ts';
import { renderReport } from './render-report.ts';

const recipe = parseRecipe(
  `name: sample
base: ./model
models: { teacher: "script:./t.ts" }
stages:
  made: { kind: lamini, model: teacher, seeds: ./s.jsonl, count: 3 }
  tuned: { kind: dpo, from: base, preferences: ./p.jsonl }
  scores: { kind: eval, models: [base, tuned], preferences: ./p.jsonl }
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

const history = collectHistory([
  { type: 'stage-start', stage: 'made', detail: 'new' },
  {
    type: 'funnel',
    stage: 'made',
    funnel: { stage: 'made', input: 10, kept: 7, dropped: { refusal: 2, empty: 1 } },
  },
  { type: 'warning', stage: 'made', message: 'a <b>warning</b> & more' },
  { type: 'stage-start', stage: 'tuned', detail: 'new' },
  step(1),
  step(2),
  step(3),
  { type: 'evaluation', stage: 'tuned', step: 3, metrics: { eval_loss: 0.5, eval_kl: 0.5 } },
  { type: 'stage-start', stage: 'scores', detail: 'new' },
]);

const summary: RunSummary = {
  recipe,
  runDir: '/runs/sample',
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
    id,
    stage,
    kept: false,
    history: history.get(id)!,
    scores:
      id === 'scores'
        ? {
            models: {
              base: { 'preference/win_rate': { value: 0.5, stderr: 0.05 } },
              tuned: { 'preference/win_rate': { value: 0.8 } },
            },
            samples: [
              {
                task: 'facts',
                prompt: 'Is <script>alert(1)</script> markup?',
                target: 'no',
                answers: { base: { text: '', score: 0 }, tuned: { text: 'no', score: 1 } },
              },
            ],
          }
        : undefined,
  })),
};

const page = renderReport(summary);

describe('renderReport', () => {
  it('needs nothing from outside and runs no script', () => {
    expect(page).not.toMatch(/<script|<link|<img|\bsrc=|url\(|@import|https?:/);
    expect(page).toContain('prefers-color-scheme:dark');
    expect(page).toContain('name="viewport"');
  });

  it('escapes everything that the data says', () => {
    expect(page).toContain('Is &lt;script&gt;alert(1)&lt;/script&gt; markup?');
    expect(page).toContain('a &lt;b&gt;warning&lt;/b&gt; &amp; more');
  });

  it('gives every chart a text for those who do not see it', () => {
    const charts = page.match(/<svg\b[^>]*>/g) ?? [];
    expect(charts.length).toBe(7);
    for (const chart of charts) expect(chart).toMatch(/role="img" aria-label="[^"]+: [^"]+"/);
    expect(page).toContain('aria-label="preference/win_rate: base 0.5, tuned 0.8"');
    expect(page).toContain(
      'aria-label="Divergence from the reference: estimate from 0.375 to 0.625; estimate, held out from 0.5 to 0.5"',
    );
    expect(page).not.toContain('Mean logits');
    expect(page).toMatch(
      /aria-label="Loss: training, smoothed from [\d.]+ to [\d.]+; held-out rows from 0\.5 to 0\.5"/,
    );
  });

  it('shows where a model is asked, and no key in its address', () => {
    const far = { model: 'openai:m', baseURL: 'http://far.example/v1?api-key=Zq93' };
    const html = renderReport({ ...summary, recipe: { ...recipe, models: { far } } });
    expect(html).toContain('http://far.example/v1');
    expect(html).not.toContain('Zq93');
  });

  it('shows funnels, expectations, samples and settings', () => {
    const text = page.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
    expect(text).toContain('7 of 10 kept (70.0 %)');
    expect(page).toContain('refusal');
    expect(page).toContain('✓ preference/win_rate');
    expect(page).toContain('(nothing)');
    expect(page).toContain('lora.targetModules');
  });

  it('draws no number that is none', () => {
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
  });
});
