import { scaffoldPhrases } from '../prompts.ts';
import type { EliminationRule } from './rule.ts';

/** WizardLM's fourth rule: the new instruction repeats words of the evolving prompt. */
export const leakedScaffold: EliminationRule = ({ instruction }) => {
  const lower = instruction.toLowerCase();
  const phrase = scaffoldPhrases.find((each) => lower.includes(each));
  return phrase === undefined ? undefined : { reason: 'leaked-scaffold', detail: phrase };
};
