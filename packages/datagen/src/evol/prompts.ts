import { depthMethods, type EvolOperation } from './operations.ts';

/**
 * Prompts of Evol-Instruct, in this project's own words. `{instruction}` and `{method}` are the placeholders; the reply is
 * the new prompt alone. An echoed label is cut off; a label inside the new prompt eliminates it.
 */
export function evolvePrompt(operation: EvolOperation, instruction: string): string {
  return operation === 'breadth'
    ? breadthPrompt(instruction)
    : depthPrompt(depthMethods[operation], instruction);
}

/** The phrases that must not turn up in an evolved prompt: pieces of the scaffold. */
export const scaffoldPhrases: readonly string[] = ['given prompt', 'rewritten prompt', 'created prompt'];

function depthPrompt(method: string, instruction: string): string {
  return `You rewrite prompts. Turn the given prompt into a more complex version that people can still understand and answer.
Keep whatever is not plain text, such as tables and code, and keep the context of the given prompt.
${method}
Do not let it become wordy: add 10 to 20 words at most.
The phrases "given prompt" and "rewritten prompt" must not appear in what you write.
Reply with the rewritten prompt only.

#Given Prompt#:
${instruction}

#Rewritten Prompt#:
`;
}

function breadthPrompt(instruction: string): string {
  return `You create prompts. Take the given prompt as inspiration and write a brand-new one in the same field, about something rarer.
It must be of similar length and difficulty, and people must be able to understand and answer it.
The phrases "given prompt" and "created prompt" must not appear in what you write.
Reply with the created prompt only: no explanation and no answer.

#Given Prompt#:
${instruction}

#Created Prompt#:
`;
}

/**
 * Asks whether an evolution gained anything. Reply format: `equal` or `not equal`, nothing else.
 */
export function equalityPrompt(parent: string, child: string): string {
  return `Compare two instructions. They are equal when both of these hold:
1. They have the same constraints and requirements.
2. They ask with the same depth and breadth.

First instruction:
${parent}

Second instruction:
${child}

Reply with just one of: equal, not equal.`;
}

/** The new prompt of a reply: an echoed label and wrapping quotes are cut off. */
export function parseEvolved(reply: string): string {
  return reply
    .trim()
    .replace(/^#*\s*(?:rewritten|created) prompt\s*#*\s*:?\s*/i, '')
    .replace(/^"([^"]*)"$/, '$1')
    .trim();
}
