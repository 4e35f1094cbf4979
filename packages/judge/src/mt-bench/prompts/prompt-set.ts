import { BezoarError } from '@bezoar/core';
import type { JudgePrompt } from './judge-prompt.ts';

/** The prompt for the first turn, and the one that shows the whole conversation and asks about the second. */
export interface TurnPrompts {
  readonly first: JudgePrompt;
  readonly second: JudgePrompt;
}

/** The eight prompts of MT-Bench. */
export interface PromptSet {
  /** Recorded with every result. */
  readonly name: string;
  readonly single: { readonly general: TurnPrompts; readonly withReference: TurnPrompts };
  readonly pair: { readonly general: TurnPrompts; readonly withReference: TurnPrompts };
}

/** Takes the prompts of FastChat's file by the names that its judge uses. Throws BezoarError BAD_FILE when one is missing. */
export function fastChatPromptSet(name: string, prompts: readonly JudgePrompt[]): PromptSet {
  const find = (wanted: string): JudgePrompt => {
    const found = prompts.find((prompt) => prompt.name === wanted);
    if (found !== undefined) return found;
    throw new BezoarError('BAD_FILE', `The judge prompts have none that is called ${wanted}.`, {
      advice: "Take FastChat's judge_prompts.jsonl, or leave the prompts away: there are prompts of our own.",
    });
  };
  const turns = (first: string): TurnPrompts => ({ first: find(first), second: find(`${first}-multi-turn`) });
  return {
    name,
    single: { general: turns('single-v1'), withReference: turns('single-math-v1') },
    pair: { general: turns('pair-v2'), withReference: turns('pair-math-v1') },
  };
}
