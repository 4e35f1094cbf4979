import { fold } from '../../text/fold.ts';
import type { EliminationRule } from './rule.ts';

/** Words that an evolution may add before it counts as wordy: the prompt asks for 10 to 20, teachers are generous. */
const maxAddedWords = 100;

/** Not one of WizardLM's rules: evolutions that are empty, unchanged, or many times as long as asked for. */
export const malformed: EliminationRule = ({ parent, instruction }) => {
  if (instruction === '') return { reason: 'empty' };
  if (fold(instruction) === fold(parent)) return { reason: 'unchanged' };
  const added = words(instruction) - words(parent);
  return added > maxAddedWords ? { reason: 'too-long', detail: `${added} words added` } : undefined;
};

function words(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
