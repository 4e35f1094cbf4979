import type { Prompts } from '../cli/prompts.ts';

export interface AnsweredPrompts extends Prompts {
  /** The questions that were asked, and what stood there before an answer. */
  readonly asked: readonly { readonly message: string; readonly initial: string | undefined }[];
}

/**
 * Somebody who answers by the beginning of the question; what is not listed is left as it stands. An answer that is refused, or not
 * offered, is an error.
 */
export function answerPrompts(answers: Readonly<Record<string, string>> = {}): AnsweredPrompts {
  const asked: { message: string; initial: string | undefined }[] = [];
  const answer = (message: string, initial: string | undefined): string => {
    asked.push({ message, initial });
    const key = Object.keys(answers).find((each) => message.startsWith(each));
    return key === undefined ? (initial ?? '') : answers[key]!;
  };
  return {
    asked,
    text({ message, initial, check }) {
      const given = answer(message, initial);
      const problem = check?.(given);
      return problem === undefined ? Promise.resolve(given) : Promise.reject(new Error(`${message} ${given}: ${problem}`));
    },
    select({ message, options, initial }) {
      const given = answer(message, initial ?? options[0]!.value);
      const option = options.find(({ value }) => value === given);
      return option === undefined ? Promise.reject(new Error(`${message} has no ${given}`)) : Promise.resolve(option.value);
    },
  };
}
