import type { ChatMessage } from '@bezoar/core';
import { createHash } from 'node:crypto';

export interface TeacherRequest {
  readonly messages: readonly ChatMessage[];
  readonly sampleIndex?: number | undefined;
}

/**
 * A teacher and judge whose answer is a pure function of what it is asked, with a fair share of everything that a scheme
 * drops: the script of a recipe, or behind a server.
 */
export default function pureTeacher({ messages, sampleIndex = 0 }: TeacherRequest): string {
  const prompt = messages.at(-1)!.content;
  const draw = drawer(JSON.stringify([messages, sampleIndex]));
  const wanted = /^Write (\d+) new instructions/m.exec(prompt);
  if (messages[0]!.content.startsWith('You stand in for')) return verdict(draw);
  if (prompt.startsWith('Compare two instructions.')) return draw(10) === 0 ? 'Equal.' : 'Not equal.';
  if (prompt.startsWith('You rewrite prompts.') || prompt.startsWith('You create prompts.')) return evolved(prompt, draw);
  if (prompt.startsWith('<example>') && wanted !== null) return newInstructions(Number(wanted[1]), draw);
  if (prompt.startsWith('<example>')) return 'rivers\nmusic\nbridges\nwinter\nmoney\nteeth';
  return response(draw);
}

/** An integer from 0 to below the bound. */
type Draw = (bound: number) => number;

function drawer(key: string): Draw {
  const start = createHash('sha256').update(key).digest();
  let count = 0;
  return (bound) => createHash('sha256').update(start).update(String(count++)).digest().readUInt32LE() % bound;
}

function verdict(draw: Draw): string {
  const kind = draw(20);
  if (kind === 0) return 'I like it.';
  const status = kind < 4 ? 'reject' : 'accept';
  return JSON.stringify({ status, rating: 3 + draw(8), reason: `It is ${words(3, draw)}.` });
}

function evolved(prompt: string, draw: Draw): string {
  const parent = /#Given Prompt#:\n([\s\S]*)\n\n#/.exec(prompt)![1]!;
  const kind = draw(20);
  if (kind === 0) return parent;
  if (kind === 1) return `The rewritten prompt is: ${words(5, draw)}`;
  return `${parent} Mind the ${words(2, draw)}, too.`;
}

function newInstructions(count: number, draw: Draw): string {
  const items = Array.from({ length: count }, () => {
    const kind = draw(12);
    if (kind === 0) return '';
    return kind === 1 ? 'What is a river?' : `Explain the ${words(6, draw)}.`;
  });
  return items.map((item) => `<example>${item}</example>`).join('\n');
}

function response(draw: Draw): string {
  const kind = draw(25);
  if (kind === 0) return '';
  if (kind === 1) return 'I am sorry, but I cannot.';
  return kind === 2 ? 'It is what it is.' : `It has to do with ${words(8 + draw(20), draw)}.`;
}

const vocabulary =
  'river stone window garden letter summer copper music island candle forest winter bridge paper orange silver mountain basket thunder velvet harbor pepper lantern meadow cotton marble feather desert puzzle anchor willow ribbon saddle tunnel violet cabin'.split(
    ' ',
  );

function words(count: number, draw: Draw): string {
  return Array.from({ length: count }, () => vocabulary[draw(vocabulary.length)]!).join(' ');
}
