import { BezoarError } from '@bezoar/core';
import { assumptionRules, type AssumptionName } from '../forecast/assumptions.ts';
import { numberFlag } from './flags.ts';

interface NumberArg {
  readonly type: 'string';
  readonly description: string;
  readonly valueHint: string;
}

const names = Object.keys(assumptionRules) as AssumptionName[];

/** A flag for everything that a forecast may assume. */
export const assumptionArgs: Readonly<Record<string, NumberArg>> = Object.fromEntries(
  names.map((name) => {
    const { flag, value, meaning } = assumptionRules[name];
    return [flag, { type: 'string', description: `${meaning}; ${value} is assumed`, valueHint: 'N' }];
  }),
);

/** What the user wants assumed. Throws BezoarError BAD_CONFIG for what is no positive number, and for a share above 1. */
export function assumptionSettings(
  args: Readonly<Record<string, unknown>>,
): Partial<Record<AssumptionName, number | undefined>> {
  const { keep, ...rest } = Object.fromEntries(
    names.map((name) => [name, positive(assumptionRules[name].flag, args)]),
  ) as Record<AssumptionName, number | undefined>;
  if (keep !== undefined && keep > 1)
    throw new BezoarError('BAD_CONFIG', `--keep is ${keep}; it is a share, at most 1.`);
  return { keep, ...rest };
}

/** The positive number of a flag. Throws BezoarError BAD_CONFIG. */
export function positive(flag: string, args: Readonly<Record<string, unknown>>): number | undefined {
  const value = numberFlag(flag, args[flag] as string | undefined);
  if (value === undefined || value > 0) return value;
  throw new BezoarError('BAD_CONFIG', `--${flag} is ${value}; it must be positive.`);
}
