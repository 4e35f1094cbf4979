import { z } from 'zod';
import { acc } from '../metrics/choice-metrics.ts';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { multipleChoiceTask } from './multiple-choice-task.ts';
import type { MultipleChoiceTask } from './task.ts';

/** By label: entailment, neutral, contradiction. */
const answers = ['True', 'Neither', 'False'] as const;

const rowSchema = z.object({
  premise: z.string(),
  hypothesis: z.string(),
  label: z.literal([0, 1, 2]),
});

/** `facebook/anli`: whether a hypothesis follows from a premise. Three rounds, each harder; shots come from the round's train. */
function anliTask(round: 1 | 2 | 3): MultipleChoiceTask {
  return multipleChoiceTask({
    name: `anli_r${round}`,
    version: 1,
    profile: lmEvalProfile,
    dataset: { path: 'facebook/anli', split: `test_r${round}`, fewshotSplit: `train_r${round}` },
    row: rowSchema,
    prompt: ({ premise, hypothesis }) =>
      `${premise}\nQuestion: ${hypothesis} True, False, or Neither?\nAnswer:`,
    choices: () => answers,
    gold: ({ label }) => label,
    target: ({ label }) => answers[label],
    metrics: { acc },
    cluster: ({ premise }) => premise,
  });
}

/** ANLI, round 1. */
export const anliR1: MultipleChoiceTask = anliTask(1);
/** ANLI, round 2. */
export const anliR2: MultipleChoiceTask = anliTask(2);
/** ANLI, round 3. */
export const anliR3: MultipleChoiceTask = anliTask(3);
