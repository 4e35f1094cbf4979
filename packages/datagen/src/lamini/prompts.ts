/**
 * Prompts of the LaMini scheme (Wu et al. 2023, LaMini-LM), in this project's own words.
 *
 * Reply format of the two instruction prompts: every new instruction between `<example>` and `</example>`; anything
 * outside of the tags is ignored. Reply format of the topic prompt: one topic per line.
 */
export interface ExampleGuidedPromptOptions {
  /** In-context examples, in the order in which they appear. */
  readonly examples: readonly string[];
  /** How many new instructions are asked for. */
  readonly count: number;
}

/** Asks for `count` instructions that are like the examples (LaMini-LM, in our own words). */
export function exampleGuidedPrompt({ examples, count }: ExampleGuidedPromptOptions): string {
  return `${exampleBlock(examples)}

${orders(count)}`;
}

export interface TopicGuidedPromptOptions extends ExampleGuidedPromptOptions {
  readonly topics: readonly string[];
}

/** The same, about given topics. */
export function topicGuidedPrompt({ examples, count, topics }: TopicGuidedPromptOptions): string {
  const list = topics.map((topic) => `"${topic}"`).join(', ');
  return `${exampleBlock(examples)}

${orders(count)}
Every instruction must be about one of these topics: ${list}.`;
}

export interface TopicPromptOptions {
  readonly instructions: readonly string[];
  readonly count: number;
}

/** Finds topics where none are given. */
export function topicPrompt({ instructions, count }: TopicPromptOptions): string {
  return `${exampleBlock(instructions)}

Name ${count} short topics, of one or two words each, that instructions like these could be about.
Write one topic per line and nothing else.`;
}

/** The system line of the response step; the instruction alone is the user's turn. */
export const responseSystem =
  'You are a helpful assistant. Answer correctly and as briefly as the task allows.';

function exampleBlock(examples: readonly string[]): string {
  return examples.map((example) => `<example>${example}</example>`).join('\n');
}

function orders(count: number): string {
  return `Write ${count} new instructions that are as varied as possible and similar in kind to the examples above.
Do not answer them. Each must be complete in itself; it may be a question or an order.
Put each new instruction between <example> and </example>.`;
}
