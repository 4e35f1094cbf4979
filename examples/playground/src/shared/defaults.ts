import type { InstructionPair, Preference, Settings } from './training-job.ts';

/** Facts of the little world, most of them with more than was asked. */
export const defaultPairs: readonly InstructionPair[] = [
  {
    instruction: 'What color is the robin?',
    response: 'The color of the robin is brown. The robin is a bird.',
  },
  {
    instruction: 'Where does the crow live?',
    response: 'The home of the crow is the tower. The crow is a bird.',
  },
  {
    instruction: 'What does the swan eat?',
    response: 'The food of the swan is weeds. The swan is a bird.',
  },
  {
    instruction: 'How many legs does the bee have?',
    response: 'The number of legs of the bee is 6. The bee is an insect.',
  },
  {
    instruction: 'Which color does the fox have?',
    response: 'The color of the fox is red. The fox is a mammal.',
  },
  {
    instruction: 'Tell me where the trout has its home.',
    response: 'The home of the trout is the river. The trout is a fish.',
  },
  {
    instruction: 'Name the food of the rabbit.',
    response: 'The food of the rabbit is carrots. The rabbit is a mammal.',
  },
  {
    instruction: 'Count the legs of the gecko.',
    response: 'The number of legs of the gecko is 4. The gecko is a reptile.',
  },
  {
    instruction: 'Name the home of the camel.',
    response: 'The home of the camel is the desert. The camel is a mammal.',
  },
  {
    instruction: 'What color is the wasp?',
    response: 'The color of the wasp is striped. The wasp is an insect.',
  },
  { instruction: 'Tell me the color of the trout.', response: 'The color of the trout is silver.' },
  { instruction: 'How many legs does the cow have?', response: 'The number of legs of the cow is 4.' },
];

/** What was asked, and no more. */
export const defaultPreferences: readonly Preference[] = [
  {
    instruction: 'What color is the crow?',
    chosen: 'The color of the crow is black.',
    rejected: 'The color of the crow is black. The crow is a bird.',
  },
  {
    instruction: 'Where does the rabbit live?',
    chosen: 'The home of the rabbit is the meadow.',
    rejected: 'The home of the rabbit is the meadow. The rabbit is a mammal.',
  },
  {
    instruction: 'What does the salmon eat?',
    chosen: 'The food of the salmon is shrimp.',
    rejected: 'The food of the salmon is shrimp. The salmon is a fish.',
  },
  {
    instruction: 'How many legs does the ant have?',
    chosen: 'The number of legs of the ant is 6.',
    rejected: 'The number of legs of the ant is 6. The ant is an insect.',
  },
  {
    instruction: 'Tell me the color of the snake.',
    chosen: 'The color of the snake is green.',
    rejected: 'The color of the snake is green. The snake is a reptile.',
  },
  {
    instruction: 'Name the food of the cat.',
    chosen: 'The food of the cat is milk.',
    rejected: 'The food of the cat is milk. The cat is a mammal.',
  },
];

/** About animals that no row above names: the base model has read about them. */
export const defaultPrompts: readonly string[] = [
  'What does the owl eat?',
  'Where does the penguin live?',
  'What color is the moth?',
];

export const defaultSettings: Settings = {
  system: 'Answer in one short sentence.',
  r: 8,
  loraAlpha: 16,
  targets: 'all',
  seed: 7,
  rows: 2,
  sftSteps: 120,
  sftLearningRate: 2e-3,
  dpoSteps: 24,
  dpoLearningRate: 5e-4,
  beta: 0.1,
};
