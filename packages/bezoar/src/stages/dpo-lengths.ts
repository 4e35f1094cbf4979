import type { ModelConfig } from '@bezoar/model';
import type { TrainingSettings } from '../recipe/recipe.ts';

/** Tokens that a prompt with its completion, and the prompt, may have. */
export function dpoLengths(
  data: Pick<TrainingSettings, 'maxLength' | 'maxPromptLength'>,
  { maxPositionEmbeddings }: Pick<ModelConfig, 'maxPositionEmbeddings'>,
): { readonly maxLength: number; readonly maxPromptLength: number } {
  const maxLength = Math.min(data.maxLength ?? 512, maxPositionEmbeddings);
  const maxPromptLength = Math.min(data.maxPromptLength ?? Math.ceil(maxLength / 2), maxLength - 1);
  return { maxLength, maxPromptLength };
}
