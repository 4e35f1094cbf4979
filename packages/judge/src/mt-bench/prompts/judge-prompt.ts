import { BezoarError } from '@bezoar/core';
import { z } from 'zod';

/** A line of FastChat's `judge_prompts.jsonl`; this project's own prompts have the same fields. */
export interface JudgePrompt {
  readonly name: string;
  readonly type: 'single' | 'pairwise';
  readonly system_prompt: string;
  /** With fields in braces, as Python's `str.format` reads them. */
  readonly prompt_template: string;
  /** How the reply ends: `[[5]]`, `[[A]]`, or one JSON object. */
  readonly output_format: '[[rating]]' | '[[A]]' | 'json';
}

/** A line of FastChat's `judge_prompts.jsonl`. */
export const judgePromptSchema: z.ZodType<JudgePrompt> = z.object({
  name: z.string().min(1),
  type: z.enum(['single', 'pairwise']),
  system_prompt: z.string(),
  prompt_template: z.string().min(1),
  output_format: z.enum(['[[rating]]', '[[A]]', 'json']),
});

/**
 * Fills a template in one pass, so that braces in the values stay what they are; `{{` and `}}` are braces. Throws BezoarError
 * BAD_CONFIG for a field that is not given.
 */
export function fillPrompt(
  { name, prompt_template: template }: Pick<JudgePrompt, 'name' | 'prompt_template'>,
  fields: Readonly<Record<string, string>>,
): string {
  return template.replace(/\{\{|\}\}|\{(\w*)\}/g, (match, field: string | undefined) => {
    if (field === undefined) return match[0]!;
    if (Object.hasOwn(fields, field)) return fields[field]!;
    throw new BezoarError(
      'BAD_CONFIG',
      `The judge prompt ${name} has a field {${field}} that nothing is known for.`,
      {
        advice: `Known are ${Object.keys(fields).join(', ')}.`,
      },
    );
  });
}
