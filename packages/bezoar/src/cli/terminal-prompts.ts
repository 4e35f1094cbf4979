import { BezoarError } from '@bezoar/core';
import { isCancel, select, text } from '@clack/prompts';
import type { Prompts, SelectQuestion, TextQuestion } from './prompts.ts';

export interface TerminalPromptsOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

export function terminalPrompts(streams: TerminalPromptsOptions): Prompts {
  return {
    async text({ message, initial, check }: TextQuestion) {
      const answer = await text({
        ...streams,
        message,
        ...(initial === undefined ? {} : { initialValue: initial }),
        validate: (value) => check?.((value ?? '').trim()),
      });
      return orInterrupted(answer).trim();
    },
    async select<Value extends string>({ message, options, initial }: SelectQuestion<Value>) {
      const answer = await select<string>({
        ...streams,
        message,
        options: options.map((option) => ({ ...option })),
        ...(initial === undefined ? {} : { initialValue: initial }),
      });
      return orInterrupted(answer) as Value;
    },
  };
}

function orInterrupted(answer: string | symbol): string {
  if (!isCancel(answer)) return answer as string;
  throw new BezoarError('INTERRUPTED', 'Stopped; nothing was written.');
}
