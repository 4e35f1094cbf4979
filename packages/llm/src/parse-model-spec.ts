import { BezoarError } from '@bezoar/core';

const providers = ['openai', 'anthropic', 'script'] as const;
export type Provider = (typeof providers)[number];

export interface ModelSpec {
  readonly provider: Provider;
  /** The model's name, or the path of the script. */
  readonly model: string;
}

/** `openai:gpt-4o`, `anthropic:claude-2.1`, `script:./teacher.ts`. Throws BezoarError BAD_CONFIG. */
export function parseModelSpec(text: string): ModelSpec {
  const colon = text.indexOf(':');
  const provider = providers.find((name) => name === text.slice(0, colon));
  const model = text.slice(colon + 1);
  if (colon < 0 || provider === undefined || model === '') {
    throw new BezoarError('BAD_CONFIG', `"${text}" names no model.`, {
      advice: `Write provider:model, e.g. openai:gpt-4o-mini; providers are ${providers.join(', ')}.`,
    });
  }
  return { provider, model };
}
