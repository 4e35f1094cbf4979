import type { InstructionRow } from '@bezoar/core';

/** A piece of rendered text, and whether the model learns to write it. */
export interface TextSpan {
  readonly text: string;
  readonly target: boolean;
}

/**
 * The template of the OpenBezoar models, a modified Alpaca template: three headed sections, the input being part of the
 * instruction. The model writes what follows the last header.
 */
export const defaultSystem: string =
  'Below is an instruction that describes a task, optionally paired with an input that provides further context ' +
  'following that instruction. Write a response that appropriately completes the request.';

export interface PromptParts {
  readonly instruction: string;
  readonly system?: string | undefined;
}

/** Everything up to where the response starts. */
export function renderPrompt({ instruction, system = defaultSystem }: PromptParts): string {
  return `### System:\n${system}\n\n### Instruction:\n${instruction}\n\n### Response:\n`;
}

/** A training example as spans; the response is the only target. `system` overrides the row's and the default. */
export function renderInstructionRow(
  row: Pick<InstructionRow, 'instruction' | 'response' | 'system'>,
  options: { readonly defaultSystem?: string | undefined } = {},
): TextSpan[] {
  const system = row.system ?? options.defaultSystem;
  return [
    { text: renderPrompt({ instruction: row.instruction, system }), target: false },
    { text: row.response, target: true },
  ];
}
