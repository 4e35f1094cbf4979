import { BezoarError } from '@bezoar/core';
import type { MarkReading } from './prompts/read-verdict.ts';

/** How a judge is asked and read: everything beside its prompts that moves a score. */
export interface JudgeSettings {
  /** Recorded with every result. */
  readonly name: string;
  readonly temperature: number;
  readonly maxTokens: number;
  /** Where the instructions of pairwise prompts stand: in the system text, or in front of the user's. */
  readonly pairSystem: 'system' | 'user';
  readonly reading: MarkReading;
  /** The judge that these settings are for: another one can be taken, and is recorded. */
  readonly model?: string;
}

/**
 * Settings by name; they never change under their name.
 *
 * - `strict-1`: this project's own.
 * - `fastchat-gpt-4`: FastChat's judge of 2023 with an OpenAI model.
 * - `fastchat-claude-2.1`: FastChat's judge of 2023 with an Anthropic model, as the OpenBezoar paper (arXiv 2404.12195) used it.
 */
export const judgeSettings: Readonly<
  Record<'strict-1' | 'fastchat-gpt-4' | 'fastchat-claude-2.1', JudgeSettings>
> = {
  'strict-1': { name: 'strict-1', temperature: 0, maxTokens: 2048, pairSystem: 'system', reading: 'strict' },
  'fastchat-gpt-4': {
    name: 'fastchat-gpt-4',
    temperature: 0,
    maxTokens: 2048,
    pairSystem: 'system',
    reading: 'fastchat',
    model: 'openai:gpt-4',
  },
  'fastchat-claude-2.1': {
    name: 'fastchat-claude-2.1',
    temperature: 0,
    maxTokens: 1024,
    pairSystem: 'user',
    reading: 'fastchat',
    model: 'anthropic:claude-2.1',
  },
};

/** Throws BezoarError BAD_CONFIG for a name that there is not. */
export function findJudgeSettings(name: string): JudgeSettings {
  if (Object.hasOwn(judgeSettings, name)) return judgeSettings[name as keyof typeof judgeSettings];
  throw new BezoarError('BAD_CONFIG', `There are no judge settings ${name}.`, {
    advice: `Known are ${Object.keys(judgeSettings).join(', ')}.`,
  });
}
