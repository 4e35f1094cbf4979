import type { DroppedRow, RunEvent } from '@bezoar/core';
import { createScriptedModel, type ChatModel } from '@bezoar/llm';
import { expect, it } from 'vitest';
import { drive } from './__fixtures__/drive.ts';
import { evolInstruct, evolve, laMini, orca } from './index.ts';

const seeds = Array.from({ length: 12 }, (_, index) => ({
  instruction: `Task number ${index}`,
  context: '',
}));

/** Evolves, answers, and now and then fails a rule. */
function teacher(): { model: ChatModel; calls: () => number } {
  let calls = 0;
  const model = createScriptedModel({
    name: 'teacher',
    reply({ messages }) {
      calls++;
      const prompt = messages.at(-1)!.content;
      const parent = /#Given Prompt#:\n(.*)/.exec(prompt)?.[1];
      if (parent !== undefined)
        return parent.endsWith('3') ? parent : `${parent}, and say why ${parent.length}`;
      if (prompt.includes('<example>'))
        return `<example>New order ${calls} about ${'xyz'[calls % 3]}</example>`;
      return `A good answer to ${prompt}`;
    },
  });
  return { model, calls: () => calls };
}

it('streams the rows of the job, in the same order, with what was dropped and told', async () => {
  const { result, events } = await drive(evolve({ ...teacher(), seeds, seed: 3 }));
  const dropped: DroppedRow[] = [];
  const told: RunEvent[] = [];
  const rows = [];
  const stream = evolInstruct({
    ...teacher(),
    seeds,
    seed: 3,
    onDropped: (row) => void dropped.push(row),
    onEvent: (event) => void told.push(event),
  });
  for await (const row of stream) rows.push(row);
  expect(rows).toEqual(result.rows);
  expect(dropped).toEqual(result.dropped);
  expect(told).toEqual(events);
  expect(told.at(-1)).toEqual({ type: 'funnel', stage: 'evol', funnel: result.funnel });
  expect(dropped[0]).toMatchObject({
    reason: 'unchanged',
    row: { lineage: { round: 1, eliminatedBy: 'unchanged' } },
  });
});

it('hands a row on as soon as there is one, and stops calling when nobody listens any more', async () => {
  const { model, calls } = teacher();
  for await (const row of evolInstruct({ model, seeds, rounds: 5, concurrency: 2 })) {
    expect(row.instruction).toMatch(/^Task number 0/);
    break;
  }
  // Evolving and answering of the few that were in flight, of 12 seeds and 5 rounds.
  expect(calls()).toBeLessThanOrEqual(6);
});

it('streams every scheme', async () => {
  const { model } = teacher();
  const lamini = laMini({
    model,
    seeds,
    count: 3,
    topicShare: 0,
    instructionsPerPrompt: 1,
    duplicateThreshold: 1,
  });
  const flan = seeds.map(({ instruction }) => ({ inputs: instruction, targets: 'x', task_source: 'cot' }));
  const sources = [];
  for await (const { source } of lamini) sources.push(source);
  for await (const { source } of orca({ model, rows: flan, count: 2 })) sources.push(source);
  expect(sources).toEqual([...Array<string>(3).fill('lamini/example-guided'), 'orca/cot', 'orca/cot']);
});

it('ends with the counts', async () => {
  const { model } = teacher();
  const stream = evolInstruct({ model, seeds, rounds: 1 });
  let step = await stream.next();
  while (step.done !== true) step = await stream.next();
  expect(step.value).toEqual({ stage: 'evol', input: 12, kept: 11, dropped: { unchanged: 1 } });
});
