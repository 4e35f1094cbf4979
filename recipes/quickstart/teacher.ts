/**
 * The scripted teacher of the quickstart. It knows the little world, replies in the formats that the schemes ask for, and
 * makes mistakes on purpose (about one reply in eight), so that rules and filters have work to do. Any other model can take
 * its place in the recipe.
 */
import type { ChatRequest } from '@bezoar/llm';
import { createRng, type Rng } from '@bezoar/core';
import {
  ask,
  findAnimals,
  findAttribute,
  statement,
  taught,
  attributes,
  valueOf,
  valuesOf,
  type Animal,
  type Attribute,
} from './world.ts';

export default function reply({ messages, sampleIndex = 0 }: ChatRequest): string {
  const prompt = messages.at(-1)?.content ?? '';
  const system = messages.find(({ role }) => role === 'system')?.content ?? '';
  const rng = createRng(`${prompt}|${system}|${sampleIndex}`);
  if (prompt.startsWith('Compare two instructions.')) return compare(prompt, rng);
  if (prompt.includes('#Given Prompt#:')) return evolve(prompt, rng);
  if (prompt.includes('short topics'))
    return ['colors', 'homes', 'food', 'legs', 'kinds of animals'].join('\n');
  if (prompt.includes('new instructions')) return writeInstructions(prompt, rng);
  return answer(prompt, { explains: /explain|justify|step|detailed/i.test(system), rng });
}

const topicWords: Readonly<Record<string, Attribute>> = {
  colors: 'color',
  homes: 'home',
  food: 'food',
  legs: 'legs',
  'kinds of animals': 'class',
};

/** New questions; some repeat themselves, some copy an example, one in forty is empty. */
function writeInstructions(prompt: string, rng: Rng): string {
  const count = Number(/Write (\d+) new/.exec(prompt)?.[1] ?? 20);
  const topics = Array.from(
    /topics: (.*)\.$/m.exec(prompt)?.[1]?.matchAll(/"([^"]*)"/g) ?? [],
    ([, topic = '']) => topicWords[topic],
  ).filter((topic) => topic !== undefined);
  const example = /<example>([^<]*)</.exec(prompt)?.[1] ?? '';
  const items = Array.from({ length: count }, () => {
    const luck = rng.next();
    if (luck < 0.025) return '';
    if (luck < 0.05) return example;
    return ask(rng.pick(taught), rng.pick(topics.length > 0 ? topics : attributes), rng);
  });
  return `Here are the new instructions:\n${items.map((item) => `<example>${item}</example>`).join('\n')}`;
}

function evolve(prompt: string, rng: Rng): string {
  const given = /#Given Prompt#:\n([\s\S]*?)\n\n#(?:Rewritten|Created) Prompt#/.exec(prompt)?.[1] ?? '';
  const luck = rng.next();
  if (luck < 0.06) return given;
  if (luck < 0.1) return `The rewritten prompt is: ${given}`;
  if (luck < 0.14) return `Rewritten Prompt: Please, ${given.charAt(0).toLowerCase()}${given.slice(1)}`;
  const animal = findAnimals(given)[0] ?? rng.pick(taught);
  const other = rng.pick(taught.filter((each) => each !== animal));
  if (prompt.includes('#Created Prompt#')) return ask(other, rng.pick(attributes), rng);
  if (prompt.includes('one more constraint'))
    return `${given} ${rng.pick(['Answer in at most ten words.', 'Use one full sentence.', 'Be exact.'])}`;
  if (prompt.includes('depth and breadth')) return `${given} Say also what kind of animal it is.`;
  if (prompt.includes('more specific')) return `Imagine a ${animal.name} in front of you. ${given}`;
  if (prompt.includes('steps of reasoning')) return `${given} First name its kind, then answer.`;
  return `Here is a list: ${animal.name}, ${other.name}. About the first one: ${given}`;
}

/** A polite wrapper is no gain; anything else is. One judgement in twenty is a mumble. */
function compare(prompt: string, rng: Rng): string {
  if (rng.next() < 0.05) return 'Hard to say.';
  return /Second instruction:\nPlease, /.test(prompt) ? 'equal' : 'not equal';
}

function answer(
  instruction: string,
  { explains, rng }: { readonly explains: boolean; readonly rng: Rng },
): string {
  const animal = findAnimals(instruction)[0];
  const attribute = findAttribute(instruction);
  if (animal === undefined || attribute === undefined || rng.next() < 0.04)
    return 'I am sorry, I do not know.';
  const right = valueOf(animal, attribute);
  const said = rng.next() < 0.08 ? rng.pick(valuesOf(attribute).filter((value) => value !== right)) : right;
  if (instruction.includes('Is that right')) return check(instruction, { animal, attribute, said });
  if (instruction.includes('OPTIONS:'))
    return `${statement(animal, attribute, said)}${explains ? ` So the answer is ${said}.` : ''}`;
  if (instruction.includes('First name its kind'))
    return `${statement(animal, 'class')} ${statement(animal, attribute, said)}`;
  if (instruction.includes('what kind of animal it is'))
    return `${statement(animal, attribute, said)} ${statement(animal, 'class')}`;
  return statement(animal, attribute, said);
}

interface Claim {
  readonly animal: Animal;
  readonly attribute: Attribute;
  readonly said: string;
}

function check(instruction: string, { animal, attribute, said }: Claim): string {
  const agrees = instruction.startsWith(statement(animal, attribute, said));
  return `${statement(animal, attribute, said)} So the answer is ${agrees ? 'yes' : 'no'}.`;
}
