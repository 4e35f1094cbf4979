import { regexFilter } from '../metrics/reply-filters.ts';
import type { ChoiceMetric } from '../metrics/choice-metrics.ts';
import { mc2 } from '../metrics/choice-metrics.ts';
import type { BosMode } from '../models/encode-request.ts';
import { builtInTasks } from './built-in-tasks.ts';
import { ignoredInNumbers } from './gsm8k.ts';
import type { GenerationTask, MultipleChoiceTask, Task, TaskDataset } from './task.ts';

/** Whose rules an evaluation follows: the tasks as a version of the harness has them, and whether it adds BOS. */
export interface TaskProfile {
  readonly name: string;
  /** What that version does with causal models. */
  readonly bos: BosMode;
  readonly tasks: Readonly<Record<string, Task>>;
}

const oldProfile = 'lm-eval 0.4.0';

/** Under these names the data sets were on the Hub then; the Hub leads from them to the new ones. */
const oldPaths: Readonly<Record<string, string>> = {
  'allenai/ai2_arc': 'ai2_arc',
  'allenai/openbookqa': 'openbookqa',
  'allenai/sciq': 'sciq',
  'allenai/winogrande': 'winogrande',
  'aps/super_glue': 'super_glue',
  'baber/piqa': 'piqa',
  'cais/mmlu': 'hails/mmlu_no_train',
  'cimec/lambada': 'lambada',
  'facebook/anli': 'anli',
  'nyu-mll/glue': 'glue',
  'openai/gsm8k': 'gsm8k',
  'Rowan/hellaswag': 'hellaswag',
  'truthfulqa/truthful_qa': 'truthful_qa',
};

/** Version 1: one filter, a blank line ends the reply, a final full stop counts. */
function oldGsm8k(task: GenerationTask): GenerationTask {
  return {
    ...task,
    version: 1,
    until: ['\n\n', 'Question:'],
    filters: { 'get-answer': regexFilter({ pattern: /#### (-?[0-9.,]+)/g, pick: 0 }) },
    match: { ignore: ignoredInNumbers.slice(0, 3), ignoreCase: true },
  };
}

/** Version 2 takes all answers before the first false one as true, and those after it as false, whatever their labels say. */
const oldMc2: ChoiceMetric = (logProbs, item) => {
  const firstFalse = item.correct.indexOf(false);
  return mc2(logProbs, { ...item, correct: item.correct.map((_, index) => index < firstFalse) });
};

function oldTask(task: Task): Task {
  const dataset: TaskDataset | undefined =
    task.dataset === undefined
      ? undefined
      : { ...task.dataset, path: oldPaths[task.dataset.path] ?? task.dataset.path };
  const same = { ...task, profile: oldProfile, dataset };
  if (task.name === 'gsm8k') return oldGsm8k(same as GenerationTask);
  if (task.name === 'truthfulqa_mc2')
    return { ...(same as MultipleChoiceTask), version: 2, metrics: { acc: oldMc2 } };
  return task.name.startsWith('mmlu_') ? { ...same, version: 0 } : same;
}

/** gsm8k_cot of that version is not known well enough to be offered. */
const oldTasks = Object.entries(builtInTasks)
  .filter(([name]) => name !== 'gsm8k_cot')
  .map(([name, task]) => [name, oldTask(task)] as const);

/** `latest` follows lm-eval 0.4.13; `lm-eval@0.4.0` is what was used for papers and leaderboards of early 2024. */
export const taskProfiles: Readonly<Record<'latest' | 'lm-eval@0.4.0', TaskProfile>> = {
  latest: { name: 'latest', bos: 'tokenizer', tasks: builtInTasks },
  'lm-eval@0.4.0': { name: 'lm-eval@0.4.0', bos: 'never', tasks: Object.fromEntries(oldTasks) },
};
