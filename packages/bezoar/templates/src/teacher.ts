/**
 * A scripted teacher: it lets everything run at once, without a key and without cost. What it writes is well formed and means
 * nothing. For rows to learn from, name a real model in recipe.yaml: `teacher: openai:gpt-4o-mini`.
 */
import { createRng, type Rng } from '@bezoar/core';
import type { ChatRequest } from '@bezoar/llm';

const orders = [
  'Describe how',
  'Explain why',
  'Tell a story in which',
  'Argue against the idea that',
  'Ask whether',
];
const people = [
  'a sailor',
  'my aunt',
  'the baker',
  'two students',
  'an astronaut',
  'a shy robot',
  'the mayor',
  'a nurse',
];
const deeds = [
  'borrows',
  'repairs',
  'paints',
  'sells',
  'hides',
  'draws',
  'designs',
  'forgets',
  'polishes',
  'throws away',
];
const things = [
  'a kettle',
  'the old bridge',
  'seven lanterns',
  'a violin',
  'this map',
  'a rowing boat',
  'some honey',
  'a clock',
];
const places = [
  'at night',
  'on a train',
  'before breakfast',
  'in a storm',
  'near the harbour',
  'for a friend',
  'in winter',
];

/** The same request gets the same reply, whenever it is made. */
export default function reply({ messages, sampleIndex = 0 }: ChatRequest): string {
  const prompt = messages.at(-1)?.content ?? '';
  const rng = createRng(`${prompt}|${sampleIndex}`);
  if (prompt.includes('short topics')) return ['music', 'travel', 'tools', 'weather', 'food'].join('\n');
  const count = Number(/^Write (\d+) new instructions/m.exec(prompt)?.[1] ?? 0);
  if (count === 0) return answer(prompt, rng);
  return Array.from({ length: count }, () => `<example>${instruction(rng)}</example>`).join('\n');
}

function instruction(rng: Rng): string {
  return `${rng.pick(orders)} ${rng.pick(people)} ${rng.pick(deeds)} ${rng.pick(things)} ${rng.pick(places)}.`;
}

/** One answer in ten is so short that the cleaning step drops it. */
function answer(prompt: string, rng: Rng): string {
  if (rng.next() < 0.1) return 'Perhaps.';
  const subject = prompt.replace(/\.$/, '').split(' ').slice(-6).join(' ');
  return `It is about this: ${subject}. There are ${rng.int(8) + 2} things to say about it, and the first is that ${rng.pick(people)} would do the same.`;
}
