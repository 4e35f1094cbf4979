import { z } from 'zod';
import { lmEvalProfile } from './lm-eval-profile.ts';
import { loglikelihoodTask } from './loglikelihood-task.ts';
import type { LoglikelihoodTask, TaskDataset } from './task.ts';

/** The last word of a passage (Paperno et al. 2016), after the last space whatever stands before it. */
function lambadaTask(name: string, dataset: TaskDataset): LoglikelihoodTask {
  return loglikelihoodTask({
    name,
    version: 1,
    profile: lmEvalProfile,
    dataset,
    row: z.object({ text: z.string().includes(' ', 'a text of several words is expected') }),
    prompt: ({ text }) => text.slice(0, text.lastIndexOf(' ')),
    target: ({ text }) => text.slice(text.lastIndexOf(' ')),
  });
}

/** OpenAI's version of the passages. */
export const lambadaOpenai: LoglikelihoodTask = lambadaTask('lambada_openai', {
  path: 'EleutherAI/lambada_openai',
  config: 'default',
  split: 'test',
});

/** The passages as they were published. */
export const lambadaStandard: LoglikelihoodTask = lambadaTask('lambada_standard', {
  path: 'cimec/lambada',
  split: 'test',
  fewshotSplit: 'validation',
});
