/** The ways to evolve an instruction (Xu et al. 2023, WizardLM): five that deepen it and one that leaves it for a new one. */
export type DepthOperation =
  'add-constraints' | 'deepening' | 'concretizing' | 'increase-reasoning' | 'complicate-input';
export type EvolOperation = DepthOperation | 'breadth';

/** Equal weights: every operation as likely as another. */
export const defaultWeights: Readonly<Record<EvolOperation, number>> = {
  'add-constraints': 1,
  deepening: 1,
  concretizing: 1,
  'increase-reasoning': 1,
  'complicate-input': 1,
  breadth: 1,
};

/** The sentence that tells the teacher how to make the prompt harder. */
export const depthMethods: Readonly<Record<DepthOperation, string>> = {
  'add-constraints': 'Make it harder by adding one more constraint or requirement.',
  deepening: 'If it asks about a matter, make it harder by asking about more of its depth and breadth.',
  concretizing: 'Make it harder by putting more specific ideas in the place of general ones.',
  'increase-reasoning':
    'If a few simple steps solve it, make it harder by asking for several steps of reasoning in so many words.',
  'complicate-input':
    'Make it harder by adding input data that has to be used: a small table, a list, a formula or a piece of code.',
};
