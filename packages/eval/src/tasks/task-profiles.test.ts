import { describe, expect, it } from 'vitest';
import { renderTask } from '../engine/render-documents.ts';
import { exactMatch } from '../metrics/exact-match.ts';
import { builtInTasks } from './built-in-tasks.ts';
import { taskProfiles } from './task-profiles.ts';
import type { GenerationTask, MultipleChoiceTask } from './task.ts';

const old = taskProfiles['lm-eval@0.4.0'];

describe('taskProfiles', () => {
  it('latest has the built-in tasks and follows the tokenizer', () => {
    expect(taskProfiles.latest).toEqual({ name: 'latest', bos: 'tokenizer', tasks: builtInTasks });
  });

  it('lm-eval@0.4.0 adds no BOS, and names its rules and the data sets of then', () => {
    expect(old.bos).toBe('never');
    expect(Object.values(old.tasks).every(({ profile }) => profile === 'lm-eval 0.4.0')).toBe(true);
    expect(old.tasks['arc_easy']!.dataset).toMatchObject({ path: 'ai2_arc', config: 'ARC-Easy' });
    expect(old.tasks['mmlu_anatomy']).toMatchObject({ version: 0, dataset: { path: 'hails/mmlu_no_train' } });
    expect(old.tasks).not.toHaveProperty('gsm8k_cot');
    expect(Object.keys(old.tasks)).toHaveLength(Object.keys(builtInTasks).length - 1);
  });

  it('lm-eval@0.4.0 ends replies of gsm8k at a blank line, and minds a final full stop', () => {
    const task = old.tasks['gsm8k'] as GenerationTask;
    expect(task).toMatchObject({ version: 1, until: ['\n\n', 'Question:'] });
    expect(Object.keys(task.filters)).toEqual(['get-answer']);
    const reply = task.filters['get-answer']!('so\n#### 1,200.');
    expect(exactMatch(reply, 'x #### 1200', task.match)).toBe(0);
    expect(exactMatch(reply, 'x #### 1200', (builtInTasks['gsm8k'] as GenerationTask).match)).toBe(1);
  });

  it('lm-eval@0.4.0 splits the answers of mc2 at the first false one', () => {
    const doc = { question: 'q', mc2_targets: { choices: ['a', 'b', 'c'], labels: [1, 0, 1] } };
    const logProbs = [Math.log(0.5), Math.log(0.3), Math.log(0.2)];
    const scores = [old.tasks, builtInTasks].map((tasks) => {
      const task = tasks['truthfulqa_mc2'] as MultipleChoiceTask;
      const rendered = renderTask({ task, docs: [doc] }, { limit: 1, fewshotSeed: 1 });
      if (rendered.kind !== 'multiple_choice') throw new Error('a choice is expected');
      return task.metrics['acc']!(logProbs, rendered.documents[0]!.item);
    });
    expect(scores[0]).toBeCloseTo(0.5, 12);
    expect(scores[1]).toBeCloseTo(0.7, 12);
  });
});
