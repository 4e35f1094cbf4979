import { resolve } from 'node:path';
import { definite } from '../stages/definite.ts';

/** Flags that choose the prompt template. */
export const templateArgs = {
  template: {
    type: 'string',
    description: 'openbezoar, alpaca or chat: how rows become text',
    valueHint: 'KIND',
  },
  'chat-template': {
    type: 'string',
    description: "Jinja file for --template chat; the model's own by default",
    valueHint: 'FILE',
  },
  'template-date': {
    type: 'string',
    description: 'what a chat template is told that asks for the date',
    valueHint: 'YYYY-MM-DD',
  },
  system: { type: 'string', description: "the prompt template's system text", valueHint: 'TEXT' },
} as const;

/** The flag of commands that train. */
export const trainTurnsArg = {
  'train-turns': {
    type: 'string',
    description: 'all or last: which answers of a conversation are learnt',
    valueHint: 'WHICH',
  },
} as const;

/** The recipe's `template`, from these flags. `--chat-template` alone means a chat template. */
export function templateSettings(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const text = (name: string): string | undefined => {
    const value = args[name];
    return typeof value === 'string' ? value : undefined;
  };
  const file = text('chat-template');
  return definite({
    kind: text('template') ?? (file === undefined ? undefined : 'chat'),
    chatTemplate: file === undefined ? undefined : resolve(file),
    date: text('template-date'),
    train: text('train-turns'),
    system: text('system'),
  });
}
