import { BezoarError } from '@bezoar/core';
import { listFlag, numberFlag } from './flags.ts';

export const schemes = ['lamini', 'evol', 'orca'] as const;
export type Scheme = (typeof schemes)[number];

/** Flags of `datagen` that belong to one scheme or two. */
export const schemeArgs = {
  count: { type: 'string', description: 'rows wanted (lamini: 100 by default; orca: all)', valueHint: 'N' },
  topics: {
    type: 'string',
    description: 'lamini: one topic a line; found by the model otherwise',
    valueHint: 'FILE',
  },
  'topic-share': {
    type: 'string',
    description: 'lamini: share of prompts about topics; 0.5',
    valueHint: 'P',
  },
  'examples-per-prompt': { type: 'string', description: 'lamini: seeds shown; 3', valueHint: 'N' },
  'instructions-per-prompt': {
    type: 'string',
    description: 'lamini: instructions asked for; 20',
    valueHint: 'N',
  },
  'topics-per-prompt': { type: 'string', description: 'lamini: topics of one prompt; 3', valueHint: 'N' },
  'candidate-budget': {
    type: 'string',
    description: 'lamini: gives up after so many candidates; 5 · count + 100',
    valueHint: 'N',
  },
  rounds: { type: 'string', description: 'evol: evolutions of every seed; 2', valueHint: 'N' },
  judge: { type: 'string', description: 'evol: model that decides on information gain', valueHint: 'MODEL' },
  operations: {
    type: 'string',
    description: 'evol: how likely each is, such as breadth=2,deepening=0',
    valueHint: 'NAME=X,…',
  },
  choice: {
    type: 'string',
    description: 'evol: an operation for each row, or for the pool',
    valueHint: 'WHOSE',
  },
  limit: { type: 'string', description: 'evol: takes the first seeds only', valueHint: 'N' },
  shares: {
    type: 'string',
    description: 'orca: of the sub-collections, such as cot=1,flan2021=3',
    valueHint: 'NAME=X,…',
  },
  'require-agreement': { type: 'boolean', description: 'orca: drops answers without the gold target' },
} as const;

const flagsOf: Readonly<Record<Scheme, readonly (keyof typeof schemeArgs)[]>> = {
  lamini: [
    ...(['count', 'topics', 'topic-share', 'examples-per-prompt', 'instructions-per-prompt'] as const),
    ...(['topics-per-prompt', 'candidate-budget'] as const),
  ],
  evol: ['rounds', 'judge', 'operations', 'choice', 'limit'],
  orca: ['count', 'shares', 'require-agreement'],
};

type Values = Readonly<Record<string, unknown>>;

/** The scheme's part of a stage. Throws BezoarError BAD_CONFIG for a flag that is another scheme's: nothing is ignored. */
export function schemeSettings(scheme: Scheme, args: Values, seeds: string): Record<string, unknown> {
  const stray = Object.keys(schemeArgs).find(
    (flag) => given(args, flag) && !flagsOf[scheme].some((own) => own === flag),
  );
  if (stray !== undefined) {
    const others = schemes.filter((each) => flagsOf[each].some((flag) => flag === stray));
    throw new BezoarError('BAD_CONFIG', `--${stray} is for ${others.join(' and ')}, not for ${scheme}.`, {
      advice: 'Leave it away.',
      data: { usage: true },
    });
  }
  const number = (name: string): number | undefined => numberFlag(name, args[name] as string | undefined);
  switch (scheme) {
    case 'lamini':
      return {
        seeds,
        count: number('count') ?? 100,
        topics: args['topics'],
        topicShare: number('topic-share'),
        examplesPerPrompt: number('examples-per-prompt'),
        instructionsPerPrompt: number('instructions-per-prompt'),
        topicsPerPrompt: number('topics-per-prompt'),
        candidateBudget: number('candidate-budget'),
      };
    case 'evol':
      return {
        seeds,
        limit: number('limit'),
        rounds: number('rounds'),
        judge: args['judge'] === undefined ? undefined : 'judge',
        weights: weightsFlag('operations', args),
        choice: args['choice'],
      };
    case 'orca':
      return {
        rows: seeds,
        count: number('count'),
        shares: weightsFlag('shares', args),
        requireAgreement: args['require-agreement'] === true ? true : undefined,
      };
  }
}

function given(args: Values, flag: string): boolean {
  return args[flag] !== undefined && args[flag] !== false;
}

/** `a=1,b=2` as an object; the names are checked with the stage. */
function weightsFlag(name: string, args: Values): Record<string, number> | undefined {
  const parts = listFlag(args[name] as string | undefined);
  if (parts === undefined) return undefined;
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf('=');
      if (at < 1)
        throw new BezoarError('BAD_CONFIG', `--${name} has "${part}"; write name=number.`, {
          data: { usage: true },
        });
      return [part.slice(0, at), numberFlag(name, part.slice(at + 1))!] as const;
    }),
  );
}
