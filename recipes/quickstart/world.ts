import type { Rng } from '@bezoar/core';

/**
 * The little world that the quickstart speaks about: animals with five facts each. The base model read about all of
 * them in plain text; the instruction data mention only the `taught` ones, so questions about the others measure
 * whether the model learnt to answer, not whether it learnt the answers.
 */
export interface Animal {
  readonly name: string;
  readonly class: ClassName;
  readonly color: string;
  readonly home: string;
  readonly food: string;
}

export type ClassName = keyof typeof legsOf;
export type Attribute = 'class' | 'color' | 'home' | 'food' | 'legs';

export const attributes: readonly Attribute[] = ['class', 'color', 'home', 'food', 'legs'];
export const legsOf = { bird: 2, mammal: 4, fish: 0, insect: 6, reptile: 4, spider: 8 } as const;

const table = `
robin bird brown garden worms|crow bird black tower corn|owl bird white barn mice|swan bird white lake weeds
eagle bird brown mountain rabbits|parrot bird green jungle nuts|duck bird brown pond bread|goose bird gray farm grass
hawk bird brown cliff snakes|raven bird black castle eggs|finch bird yellow hedge seeds|stork bird white roof frogs
pigeon bird gray city crumbs|penguin bird black ice fish|heron bird gray river fish|wren bird brown hedge beetles
magpie bird black park eggs|canary bird yellow house seeds|flamingo bird pink lake shrimp|gull bird white beach crabs
cuckoo bird gray forest beetles|kiwi bird brown forest worms|peacock bird blue palace seeds|vulture bird black desert bones
fox mammal red forest rabbits|wolf mammal gray mountain elk|bear mammal brown cave honey|cow mammal white farm grass
horse mammal brown stable oats|goat mammal white cliff leaves|sheep mammal white meadow clover|pig mammal pink farm roots
rabbit mammal gray meadow carrots|mouse mammal gray house cheese|cat mammal black house milk|dog mammal brown house bones
lion mammal yellow desert elk|tiger mammal orange jungle elk|zebra mammal striped plain grass|giraffe mammal yellow plain leaves
camel mammal yellow desert thorns|deer mammal brown forest bark|beaver mammal brown river bark|otter mammal brown river crabs
mole mammal black tunnel worms|badger mammal gray tunnel roots|squirrel mammal red park nuts|hedgehog mammal brown hedge beetles
moose mammal brown swamp weeds|panda mammal white mountain bamboo|koala mammal gray tree leaves|monkey mammal brown jungle fruit
donkey mammal gray stable thorns|llama mammal white mountain grass|hamster mammal orange cage seeds|lynx mammal yellow ice rabbits
trout fish silver river flies|salmon fish pink river shrimp|shark fish gray ocean seals|carp fish gold pond weeds
cod fish green ocean crabs|tuna fish blue ocean squid|pike fish green lake frogs|eel fish black swamp worms
herring fish silver ocean plankton|perch fish striped lake flies|goldfish fish gold bowl crumbs|ray fish brown beach clams
bee insect yellow hive nectar|ant insect red hill sugar|moth insect white closet wool|beetle insect green log bark
wasp insect striped roof fruit|cricket insect brown meadow grass|ladybug insect red garden lice|butterfly insect blue garden nectar
dragonfly insect blue pond flies|termite insect white log wood|mosquito insect gray swamp blood|flea insect black carpet blood
snake reptile green grass mice|lizard reptile green wall flies|turtle reptile green pond lettuce|crocodile reptile green river fish
gecko reptile gray wall moths|tortoise reptile brown desert flowers|iguana reptile green tree flowers|chameleon reptile striped tree crickets
tarantula spider brown burrow crickets|widow spider black cellar flies|weaver spider gold garden moths|jumper spider white flower bees
`;

export const animals: readonly Animal[] = table
  .trim()
  .split(/[|\n]/)
  .map((row) => {
    const [name, className, color, home, food] = row.split(' ') as [
      string,
      ClassName,
      string,
      string,
      string,
    ];
    return { name, class: className, color, home, food };
  });

/** Every fifth animal is never named in instruction data. */
export const heldOut: readonly Animal[] = animals.filter((_, index) => index % 5 === 2);
export const taught: readonly Animal[] = animals.filter((animal) => !heldOut.includes(animal));

export function valueOf(animal: Animal, attribute: Attribute): string {
  return attribute === 'legs' ? String(legsOf[animal.class]) : animal[attribute];
}

/** All values that an attribute takes, for wrong answers and choices. */
export function valuesOf(attribute: Attribute): string[] {
  return [...new Set(animals.map((animal) => valueOf(animal, attribute)))];
}

/** The full-sentence answer; its last word is the value. */
export function statement(
  animal: Animal,
  attribute: Attribute,
  value: string = valueOf(animal, attribute),
): string {
  switch (attribute) {
    case 'class':
      return `The ${animal.name} is ${article(value)} ${value}.`;
    case 'color':
      return `The color of the ${animal.name} is ${value}.`;
    case 'home':
      return `The home of the ${animal.name} is the ${value}.`;
    case 'food':
      return `The food of the ${animal.name} is ${value}.`;
    case 'legs':
      return `The number of legs of the ${animal.name} is ${value}.`;
  }
}

/** Questions and orders that ask for a fact. `{}` is the animal. */
export const phrasings: Readonly<Record<Attribute, readonly string[]>> = {
  class: [
    'What kind of animal is the {}?',
    'Which class of animals does the {} belong to?',
    'Name the kind of animal that the {} is.',
  ],
  color: ['What color is the {}?', 'Tell me the color of the {}.', 'Which color does the {} have?'],
  home: ['Where does the {} live?', 'Tell me where the {} has its home.', 'Name the home of the {}.'],
  food: ['What does the {} eat?', 'Name the food of the {}.', 'Tell me what the {} likes to eat.'],
  legs: [
    'How many legs does the {} have?',
    'Tell me the number of legs of the {}.',
    'Count the legs of the {}.',
  ],
};

/** One way to ask for a fact. */
export function ask(animal: Animal, attribute: Attribute, rng: Rng): string {
  return rng.pick(phrasings[attribute]).replace('{}', animal.name);
}

export function article(word: string): string {
  return /^[aeiou]/.test(word) ? 'an' : 'a';
}

export function findAnimals(text: string): Animal[] {
  const words = new Set(text.toLowerCase().match(/[a-z]+/g) ?? []);
  return animals.filter(({ name }) => words.has(name));
}

/** Which fact a text asks for, by its words. */
export function findAttribute(text: string): Attribute | undefined {
  const lower = text.toLowerCase();
  if (/\blegs?\b/.test(lower)) return 'legs';
  if (/\bcolor\b/.test(lower)) return 'color';
  if (/\b(live|lives|home)\b/.test(lower)) return 'home';
  if (/\b(eat|eats|food)\b/.test(lower)) return 'food';
  if (/\b(kind|class)\b/.test(lower)) return 'class';
  return undefined;
}
