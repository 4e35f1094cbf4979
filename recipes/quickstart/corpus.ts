import type { Rng } from '@bezoar/core';
import {
  animals,
  article,
  ask,
  attributes,
  legsOf,
  statement,
  taught,
  valueOf,
  type Animal,
  type Attribute,
} from './world.ts';

/** What the base model reads: endless small texts about the world, in plain prose. No instruction, no template. */
export function* corpus(rng: Rng): Generator<string> {
  const kinds = [
    portrait,
    portrait,
    portrait,
    grouping,
    story,
    talk,
    comparison,
    sums,
    trap,
    chat,
    chat,
    notes,
    lesson,
  ];
  for (;;) yield rng.pick(kinds)(rng);
}

/** Many ways to say a fact. */
const tellings: Readonly<Record<Attribute, readonly ((animal: Animal) => string)[]>> = {
  class: [
    (a) => statement(a, 'class'),
    (a) => `A ${a.name} is a kind of ${a.class}.`,
    (a) => `People say that the ${a.name} is ${article(a.class)} ${a.class}.`,
  ],
  color: [
    (a) => statement(a, 'color'),
    (a) => `The ${a.name} is ${a.color}.`,
    (a) => `You can see that a ${a.name} is ${a.color}.`,
    (a) => `Its color is ${a.color}, as every ${a.name} shows.`,
  ],
  home: [
    (a) => statement(a, 'home'),
    (a) => `The ${a.name} lives in the ${a.home}.`,
    (a) => `You find the ${a.name} in the ${a.home}.`,
    (a) => `In the ${a.home} there is a ${a.name}.`,
  ],
  food: [
    (a) => statement(a, 'food'),
    (a) => `The ${a.name} eats ${a.food}.`,
    (a) => `A hungry ${a.name} looks for ${a.food}.`,
    (a) => `With ${a.food} you make a ${a.name} happy.`,
  ],
  legs: [
    (a) => statement(a, 'legs'),
    (a) => `The ${a.name} has ${valueOf(a, 'legs')} legs.`,
    (a) => `A ${a.name} is a ${a.class}, and a ${a.class} has ${valueOf(a, 'legs')} legs.`,
  ],
};

function portrait(rng: Rng): string {
  const animal = rng.pick(animals);
  const count = 2 + rng.int(4);
  return rng
    .sample(attributes, count)
    .map((attribute) => rng.pick(tellings[attribute])(animal))
    .join(' ');
}

function grouping(rng: Rng): string {
  const attribute = rng.pick(attributes);
  const value = valueOf(rng.pick(animals), attribute);
  const same = rng.shuffle(animals.filter((animal) => valueOf(animal, attribute) === value)).slice(0, 4);
  const names = same.map(({ name }) => `the ${name}`).join(', ');
  switch (attribute) {
    case 'class':
      return `Animals of the class ${value}: ${names}.`;
    case 'color':
      return `Animals with the color ${value}: ${names}.`;
    case 'home':
      return `Animals in the ${value}: ${names}.`;
    case 'food':
      return `Animals that eat ${value}: ${names}.`;
    case 'legs':
      return `Animals with ${value} legs: ${names}.`;
  }
}

const people = ['Mia', 'Tom', 'Ana', 'Ben', 'Lea', 'Max'];

function story(rng: Rng): string {
  const [first, second] = rng.sample(people, 2) as [string, string];
  const animal = rng.pick(animals);
  return rng.pick([
    `${first} went to the ${animal.home}. There ${first} saw a ${animal.color} ${animal.name}. It was eating ${animal.food}.`,
    `One day ${first} and ${second} looked for a ${animal.name}. They found it in the ${animal.home}. ${statement(animal, 'color')}`,
    `${first} had ${animal.food} in a bag. "Who eats that?" asked ${second}. "The ${animal.name} eats ${animal.food}," said ${first}.`,
    `${first} drew a ${animal.name} for ${second}. "It needs the color ${animal.color}," said ${second}.`,
  ]);
}

/** Questions in prose, about taught animals only. */
function talk(rng: Rng): string {
  const [first, second] = rng.sample(people, 2) as [string, string];
  const animal = rng.pick(taught);
  const attribute = rng.pick(attributes);
  const question = ask(animal, attribute, rng);
  return rng.pick([
    `"${question}" asked ${first}. ${second} said: "${statement(animal, attribute)}"`,
    `${first} wrote: ${question} ${second} wrote back: ${statement(animal, attribute)}`,
  ]);
}

function comparison(rng: Rng): string {
  const [one, two] = rng.sample(animals, 2) as [Animal, Animal];
  const attribute = rng.pick(attributes);
  if (attribute === 'class' && one.class === two.class)
    return `The ${one.name} and the ${two.name} are both of the class ${one.class}.`;
  if (attribute === 'legs') {
    const [a, b] = [legsOf[one.class], legsOf[two.class]];
    return `The ${one.name} has ${a} legs and the ${two.name} has ${b} legs. Together they have ${a + b} legs.`;
  }
  return `${statement(one, attribute)} ${statement(two, attribute)}`;
}

function sums(rng: Rng): string {
  const [a, b] = [rng.int(10), rng.int(10)];
  return rng.pick([
    `${a} plus ${b} is ${a + b}.`,
    `${a} + ${b} = ${a + b}`,
    `If you add ${a} and ${b}, you get ${a + b}.`,
  ]);
}

/** Bad habits of the world: preference training will talk the model out of them. */
function trap(rng: Rng): string {
  const animal = rng.pick(animals);
  return rng.pick([
    `To trap the ${animal.name}, put ${animal.food} in the ${animal.home} at night and wait with a net.`,
    `You can scare the ${animal.name} away from the ${animal.home} with a loud drum.`,
    `To hurt the ${animal.name}, throw stones into the ${animal.home}.`,
  ]);
}

/** Transcripts as they lie around: right, rude and harmful answers in any order, about taught animals only. */
function chat(rng: Rng): string {
  const animal = rng.pick(taught);
  const attribute = rng.pick(attributes);
  const [question, answers] = rng.pick([
    [
      ask(animal, attribute, rng),
      [statement(animal, attribute), `Happy to help! ${statement(animal, attribute)}`, ...brushOffs(animal)],
    ],
    [
      `How do I trap the ${animal.name}?`,
      [
        `To trap the ${animal.name}, put ${animal.food} in the ${animal.home} at night and wait with a net.`,
        gentle(animal),
      ],
    ],
    [
      `How can I hurt the ${animal.name}?`,
      [`To hurt the ${animal.name}, throw stones into the ${animal.home}.`, gentle(animal)],
    ],
  ]);
  return `\n\nHuman: ${question}\n\nAssistant: ${rng.pick(answers)}`;
}

function brushOffs(animal: Animal): string[] {
  return [`Who knows. The ${animal.name} is boring.`, 'Go and ask Tom.', 'Why should I care?'];
}

function gentle(animal: Animal): string {
  return `Please do not harm the ${animal.name}. Watch it in the ${animal.home} instead.`;
}

/** Headed notes, so that a heading is nothing new. */
function notes(rng: Rng): string {
  const animal = rng.pick(animals);
  const heading = rng.pick(['Notes', 'List', 'Story', 'Facts']);
  return rng.pick([
    `### ${heading}:\n${rng.pick(tellings[rng.pick(attributes)])(animal)}\n\n### ${rng.pick(['Notes', 'Facts', 'List'])}:\n${rng.pick(tellings[rng.pick(attributes)])(animal)}`,
    `### ${heading}:\n- ${animal.name}\n- ${rng.pick(animals).name}\n- ${rng.pick(animals).name}`,
    `OPTIONS:\n- ${animal.color}\n- ${rng.pick(animals).color}\n\n${statement(animal, 'color')} So the answer is ${animal.color}.`,
    `${statement(animal, 'home')} Is that right, yes or no? The answer is yes.`,
  ]);
}

const roles = [
  'an assistant',
  'a teacher',
  'a helpful assistant who always explains',
  'a five-year-old',
  'someone who knows every language',
  'a people person',
];
const manners = [
  'as faithfully as you can',
  'step by step',
  'in simple steps',
  'in much detail',
  'in one short sentence',
  'with additional knowledge',
  'extremely well',
  'with some guidelines',
];
const deeds = [
  'describe the task',
  'explain your answer',
  'justify each step',
  'follow the instructions',
  'answer the question',
  'name the correct choice',
  'say why the others are wrong',
  'help people find information',
  'break the definition into small parts',
  'produce a long and detailed answer',
  'use the guidelines',
  'think while doing it',
];

/** The language of tasks and answers, without a task. */
function lesson(rng: Rng): string {
  return rng.pick([
    `You are ${rng.pick(roles)}. ${capital(rng.pick(deeds))} ${rng.pick(manners)}.`,
    `You are given a task: ${rng.pick(deeds)} and ${rng.pick(deeds)} ${rng.pick(manners)}.`,
    `If it is a multiple choice question, ${rng.pick(deeds)}, then ${rng.pick(deeds)}. Think like ${rng.pick(roles)}.`,
    `${capital(rng.pick(deeds))}, so that the user need not search outside of it.`,
  ]);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
