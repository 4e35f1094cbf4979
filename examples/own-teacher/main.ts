/**
 * Any object with `id` and `complete` is a model: here a few lines of arithmetic stand in for a teacher and a judge. Seeds are
 * evolved for two rounds, and the filter keeps what the judge finds right.
 */
import { finishJob } from '@bezoar/core';
import { evolInstruct, parseSeeds } from '@bezoar/datagen';
import { filterRows } from '@bezoar/judge';
import type { ChatModel } from '@bezoar/llm';

const teacher: ChatModel = {
  id: 'own:teacher',
  complete({ messages }) {
    const prompt = messages.at(-1)?.content ?? '';
    const parent = /#Given Prompt#:\n(.*)\n/.exec(prompt)?.[1];
    return reply(
      parent === undefined
        ? `It is ${sumOf(prompt)}.`
        : `${parent.replace('?', '')} plus ${parent.length % 7}?`,
    );
  },
};

const judge: ChatModel = {
  id: 'own:judge',
  complete({ messages }) {
    const shown = messages.at(-1)?.content ?? '';
    const said = Number(/It is (\d+)\./.exec(shown)?.[1]);
    const right = said === sumOf(/\[Instruction\]\n(.*)/.exec(shown)?.[1] ?? '') && said < 20;
    return reply(
      JSON.stringify({
        status: right ? 'accept' : 'reject',
        rating: right ? 9 : 2,
        reason: right ? 'Right.' : 'Wrong or too large.',
      }),
    );
  },
};

export async function main(): Promise<{ kept: string[]; dropped: Record<string, number> }> {
  const seeds = parseSeeds([{ instruction: 'What is 1 plus 2?' }, { instruction: 'What is 9 plus 8?' }], {
    what: 'seeds',
  });
  const rows = [];
  for await (const row of evolInstruct({ model: teacher, seeds, rounds: 2 })) rows.push(row);
  const filtered = await finishJob(filterRows({ rows, judges: [{ name: 'own', model: judge }] }));
  return {
    kept: filtered.rows.map(({ instruction, response }) => `${instruction} ${response}`),
    dropped: { ...filtered.funnel.dropped },
  };
}

function sumOf(text: string): number {
  return (text.match(/\d+/g) ?? []).reduce((sum, number) => sum + Number(number), 0);
}

function reply(text: string): ReturnType<ChatModel['complete']> {
  return Promise.resolve({
    text,
    finishReason: 'stop',
    usage: { inputTokens: 0, outputTokens: 0 },
    model: 'own',
  });
}

if (import.meta.main) console.log(await main());
