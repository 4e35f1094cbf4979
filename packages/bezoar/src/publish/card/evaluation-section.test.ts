import { describe, expect, it } from 'vitest';
import type { ScoredTask } from '../evaluations/scored-task.ts';
import { evaluationSection } from './evaluation-section.ts';
import type { ModelCard } from './model-card.ts';

const card = (tasks: readonly ScoredTask[]): ModelCard => ({
  ...{
    name: 'org/x',
    license: 'mit',
    form: 'finetune',
    base: undefined,
    root: undefined,
    description: undefined,
  },
  ...{ languages: undefined, lineage: [], together: new Map(), adapter: undefined, merged: undefined },
  evaluations: { own: tasks, models: [{ name: 'x', tasks }], standIn: undefined },
});
const task = (name: string, value: number, args: Readonly<Record<string, unknown>> = {}): ScoredTask => ({
  dataset: { name, type: name, args: { num_few_shot: 5, ...args } },
  metrics: [{ type: 'acc', name: 'acc', value, args: { stderr: 0.01 } }],
});
const subjects = (count: number): ScoredTask[] =>
  Array.from({ length: count }, (_, n) => task(`subject_${n}`, n / 100));

describe('evaluationSection', () => {
  it('shows every task where they are few', () => {
    const text = evaluationSection(card([task('all', 0.5, { tasks: 3 }), ...subjects(3)])).join('\n');
    expect(text).toContain('| all | 5 | acc | 0.5000 ± 0.0100 |\n| subject_0 | 5 | acc | 0.0000 ± 0.0100 |');
    expect(text).not.toContain('<details>');
  });

  it('shows the sums of many tasks, and folds the tasks away', () => {
    const [, table, , details] = evaluationSection(card([task('all', 0.5, { tasks: 57 }), ...subjects(57)]));
    expect(table!.split('\n')).toHaveLength(3);
    expect(table).toContain('| all | 5 | acc | 0.5000 ± 0.0100 |');
    expect(details).toContain('<summary>All 58 scores</summary>');
    expect(details).toContain('| subject_56 | 5 | acc | 0.5600 ± 0.0100 |');
  });

  it('shows shares of MT-Bench in pairs as percent', () => {
    const judged: ScoredTask = {
      dataset: { name: 'MT-Bench', type: 'mt-bench', args: { mode: 'pairwise', judge: 'gpt4' } },
      metrics: [{ type: 'mt_bench_win_rate', name: 'average', value: 0.625, args: { stderr: 0.05 } }],
    };
    const text = evaluationSection(card([judged])).join('\n');
    expect(text).toContain('| **average** | 62.5 ± 5.0 |');
    expect(text).toContain('Share of comparisons won in %');
    expect(text).toContain('- judge: gpt4');
  });
});
