import { requestText, type Sample, type TaskReport } from '@bezoar/eval';
import type { AnswerSample } from './eval-scores.ts';

const perTask = 8;

/** The first documents of every task as samples to look at; the answers of further models join the same documents. */
export function addAnswers(samples: AnswerSample[], model: string, reports: readonly TaskReport[]): void {
  for (const { task, samples: scored } of reports) {
    // A text that is scored whole is no question.
    if (task.kind === 'loglikelihood_rolling') continue;
    const filter = scored[0]?.filter;
    for (const sample of scored.filter((each) => each.filter === filter && each.docId < perTask)) {
      const fresh: AnswerSample = {
        task: task.name,
        prompt: promptOf(sample),
        target: targetOf(sample),
        answers: {},
      };
      const index = samples.findIndex(
        ({ task: name, prompt }) => name === fresh.task && prompt === fresh.prompt,
      );
      const known = index < 0 ? fresh : samples[index]!;
      const score = Object.values(sample.scores)[0];
      const answer = { text: answerOf(sample), score: typeof score === 'number' ? score : 0 };
      const joined = { ...known, answers: { ...known.answers, [model]: answer } };
      if (index < 0) samples.push(joined);
      else samples[index] = joined;
    }
  }
}

/** What a person would call the question: the row's own text, without template and examples. */
function promptOf({ doc, asked }: Sample): string {
  const { question, instruction } = doc as { readonly question?: unknown; readonly instruction?: unknown };
  if (typeof question === 'string') return question;
  if (typeof instruction === 'string') return instruction;
  const [first] = asked;
  return first === undefined ? '' : requestText(first);
}

/** The reply, or the likeliest of the choices. */
function answerOf({ asked, responses }: Sample): string {
  let best = 0;
  for (const [index, response] of responses.entries())
    if (logProb(response) > logProb(responses[best]!)) best = index;
  const response = responses[best];
  if (typeof response === 'string') return response;
  return continuation(asked[best]);
}

/** The gold answer; of a choice, its text. */
function targetOf({ asked, target }: Sample): string {
  const chosen = continuation(asked[Number(target)]);
  return chosen === '' ? target : chosen;
}

function continuation(request: Sample['asked'][number] | undefined): string {
  return request !== undefined && 'continuation' in request ? request.continuation.trim() : '';
}

function logProb(response: Sample['responses'][number]): number {
  return typeof response === 'object' ? response.logProb : 0;
}
