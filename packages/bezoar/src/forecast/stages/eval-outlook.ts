import type { TaskInput } from '@bezoar/eval';
import { trainingFlops } from '@bezoar/qlora';
import type { EvalStage, TaskChoice } from '../../recipe/recipe.ts';
import { loadTask } from '../../stages/eval-tasks.ts';
import { readPairs } from '../../stages/preferences.ts';
import type { ForecastScope } from '../forecast-scope.ts';
import type { Scenario } from '../scenario.ts';
import { callsOf, type Outlook } from '../stage-numbers.ts';

/** What one model is asked by a task, or by preference pairs. NaN: its rows are not here. */
interface Questions {
  readonly requests: number;
  /** Characters that are read for all of them; the choices of a document share its prompt. */
  readonly characters: number;
  /** Tokens of the longest reply, where models write. */
  readonly maxTokens?: number;
}

const unknown: Questions = { requests: NaN, characters: NaN };

/** Every document makes a request for each of its choices, or one; every pair makes two. */
export async function evalOutlook(stage: EvalStage, scope: ForecastScope): Promise<Outlook> {
  const { models, served = [], tasks, preferences } = stage;
  const questions = await Promise.all(tasks.map((task) => taskQuestions(task, { stage, scope })));
  if (preferences !== undefined) questions.push(await pairQuestions(preferences, { stage, scope }));
  const requests = total(questions, (each) => each.requests);
  const characters = total(questions, (each) => each.characters);
  const { base } = scope;

  return (scenario) => {
    const written = total(questions, ({ requests: count, maxTokens }) =>
      maxTokens === undefined ? 0 : count * scenario.answerTokens({ limit: maxTokens }),
    );
    const read = scenario.promptTokens(characters, 0);
    const flops = base && trainingFlops({ config: base.config, adapter: scope.recipe.lora, length: 128 });
    return {
      ...(models.length === 0
        ? {}
        : {
            requests: models.length * requests,
            flops: models.length * (read + costly(written, scenario)) * (flops?.forward ?? NaN),
          }),
      calls: served.map((model) =>
        callsOf(model, requests, {
          inputTokens: scenario.promptTokens(characters / requests),
          outputTokens: written / requests,
        }),
      ),
    };
  };
}

/** Nothing is assumed of a stage that writes nothing. */
function costly(written: number, scenario: Scenario): number {
  return written === 0 ? 0 : written * scenario.writeCost();
}

interface QuestionScope {
  readonly stage: EvalStage;
  readonly scope: ForecastScope;
}

async function taskQuestions(choice: TaskChoice, { stage, scope }: QuestionScope): Promise<Questions> {
  const { docs, fewshotDocs } = choice;
  const { template } = scope;
  const files = new Map<string, readonly string[]>();
  for (const reference of [docs, fewshotDocs]) {
    if (reference === undefined) continue;
    const found = await scope.files(reference);
    if (found === undefined || template === undefined) return unknown;
    files.set(reference, found);
  }
  if (template === undefined) return unknown;
  const input = await loadTask(choice, {
    template,
    profile: stage.profile,
    files: (reference) => files.get(reference)!,
  });
  return documentQuestions(input, stage.limit);
}

function documentQuestions({ task, docs, numFewshot }: TaskInput, limit: number | undefined): Questions {
  const shots = task.fewshot.locked ? task.fewshot.count : (numFewshot ?? task.fewshot.count);
  let requests = 0;
  let characters = 0;
  for (const row of docs.slice(0, limit)) {
    const { count, prompt, answers } = partsOf(task, row);
    requests += count;
    characters += (1 + shots) * prompt + shots * (answers / count) + answers;
  }
  return { requests, characters, ...(task.kind === 'generate_until' ? { maxTokens: task.maxTokens } : {}) };
}

interface Parts {
  readonly count: number;
  readonly prompt: number;
  /** Characters of everything that is scored after the prompt. */
  readonly answers: number;
}

function partsOf(task: TaskInput['task'], row: unknown): Parts {
  switch (task.kind) {
    case 'multiple_choice': {
      const { prompts, choices } = task.prepare(row, task.name);
      const answers = choices.reduce((sum, choice) => sum + choice.length, 0);
      return { count: choices.length, prompt: Math.max(...prompts.map(({ length }) => length)), answers };
    }
    case 'loglikelihood': {
      const { prompt, target } = task.prepare(row, task.name);
      return { count: 1, prompt: prompt.length, answers: target.length };
    }
    case 'loglikelihood_rolling':
      return { count: 1, prompt: 0, answers: task.prepare(row, task.name).text.length };
    case 'generate_until':
      return { count: 1, prompt: task.prepare(row, task.name).prompt.length, answers: 0 };
  }
}

async function pairQuestions(reference: string, { stage, scope }: QuestionScope): Promise<Questions> {
  const files = await scope.files(reference);
  if (files === undefined || scope.template === undefined) return unknown;
  const { pairs } = await readPairs(files, { template: scope.template, limit: stage.limit });
  return {
    requests: 2 * pairs.length,
    characters: total(
      pairs,
      ({ prompt, chosen, rejected }) => 2 * prompt.length + chosen.length + rejected.length,
    ),
  };
}

function total<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
