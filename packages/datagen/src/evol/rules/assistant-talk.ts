import type { EliminationRule } from './rule.ts';

const talk =
  /\bas an ai\b|\bhow (?:can|may) i (?:assist|help) you\b|^(?:i'm|i am) sorry\b|^i (?:cannot|can't) (?:assist|help)\b/i;

/** Not one of WizardLM's rules: the teacher talks to the user in the place of writing a prompt. What the parent says may stay. */
export const assistantTalk: EliminationRule = ({ parent, instruction }) => {
  const phrase = talk.exec(straight(instruction))?.[0];
  return phrase === undefined || talk.test(straight(parent))
    ? undefined
    : { reason: 'assistant-talk', detail: phrase };
};

function straight(text: string): string {
  return text.replaceAll('\u2019', "'");
}
