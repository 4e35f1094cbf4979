/**
 * A scheme is an async generator of steps: a row, a dropped row with its reason, or an event. `schemeRows` makes a stream of
 * rows of it and counts them. This one turns facts into questions and answers in both directions.
 */
import { hashText, type InstructionRow } from '@bezoar/core';
import { schemeRows, type SchemeListeners, type SchemeStep } from '@bezoar/datagen';
import { completeText, createScriptedModel, mapConcurrent, type ChatModel } from '@bezoar/llm';

export interface AskBothWaysOptions extends SchemeListeners {
  readonly model: ChatModel;
  readonly facts: readonly string[];
}

export function askBothWays(options: AskBothWaysOptions): AsyncGenerator<InstructionRow> {
  return schemeRows('both-ways', steps(options), options);
}

async function* steps({ model, facts }: AskBothWaysOptions): AsyncGenerator<SchemeStep> {
  const stage = 'both-ways';
  const ask = async (fact: string): Promise<{ fact: string; questions: string[]; problem?: string }> => {
    const content = `Write two questions that this fact answers, one a line: ${fact}`;
    const reply = await completeText(model, { messages: [{ role: 'user', content }] });
    return reply.ok
      ? { fact, questions: reply.text.split('\n') }
      : { fact, questions: [], problem: reply.code };
  };
  let done = 0;
  for await (const { fact, questions, problem } of mapConcurrent(facts, ask, { concurrency: 8 })) {
    const id = hashText(fact);
    if (questions.length === 2) {
      for (const [way, instruction] of questions.entries())
        yield { type: 'row', row: { id: `${id}-${way}`, instruction, response: fact, source: stage } };
    } else {
      const reason = problem ?? 'not-two-questions';
      yield { type: 'dropped', dropped: { id, stage, reason, row: { fact, questions } } };
    }
    yield { type: 'progress', stage, done: ++done, total: facts.length };
  }
}

export async function main(): Promise<{ rows: string[]; dropped: string[] }> {
  const model = createScriptedModel({
    name: 'teacher',
    reply({ messages }) {
      const [, animal, color] = /The (\w+) is (\w+)\./.exec(messages[0]!.content) ?? [];
      return color === undefined ? 'What?' : `What color is the ${animal}?\nWhich animal is ${color}?`;
    },
  });
  const facts = ['The robin is red.', 'The owl flies silently.', 'The swan is white.'];
  const dropped: string[] = [];
  const rows: string[] = [];
  const onDropped: SchemeListeners['onDropped'] = ({ reason }) => void dropped.push(reason);
  for await (const { instruction, response } of askBothWays({ model, facts, onDropped }))
    rows.push(`${instruction} ${response}`);
  return { rows, dropped };
}

if (import.meta.main) console.log(await main());
