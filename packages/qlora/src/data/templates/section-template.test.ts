import type { TrainingRow } from '@bezoar/formats';
import { describe, expect, it } from 'vitest';
import { renderPrompt } from '../prompt-template.ts';
import { alpacaTemplate } from './alpaca-template.ts';
import { openbezoarTemplate } from './openbezoar-template.ts';

const row: TrainingRow = { kind: 'instruction', instruction: 'Add.', response: '3' };
const withInput: TrainingRow = { ...row, input: '1 2' };

describe('alpacaTemplate', () => {
  it('has a section for the input, and another preamble with it', () => {
    const { spans } = alpacaTemplate().renderRow(withInput);
    expect(spans).toEqual([
      {
        text:
          'Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n' +
          '### Instruction:\nAdd.\n\n### Input:\n1 2\n\n### Response:\n',
        target: false,
      },
      { text: '3', target: true },
    ]);
  });

  it('leaves the section out without input, and lets a system text replace the preamble', () => {
    expect(alpacaTemplate().renderPrompt({ instruction: 'Add.' })).toBe(
      'Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n' +
        '### Instruction:\nAdd.\n\n### Response:\n',
    );
    expect(alpacaTemplate({ system: 'S' }).renderPrompt({ instruction: 'Add.', system: 'own' })).toMatch(
      /^own\n\n### Instruction/,
    );
  });
});

describe('openbezoarTemplate', () => {
  it('joins input and instruction, and renders as renderPrompt does', () => {
    const template = openbezoarTemplate({ system: 'S' });
    const prompt = renderPrompt({ instruction: 'Add.\n\n1 2', system: 'S' });
    expect(template.renderRow(withInput).spans).toEqual([
      { text: prompt, target: false },
      { text: '3', target: true },
    ]);
    expect(template.renderAnswer({ instruction: 'Add.', input: '1 2' }, '3')).toEqual({
      prompt,
      completion: '3',
    });
  });

  it('takes a conversation of one exchange, and refuses others with what to do', () => {
    const template = openbezoarTemplate();
    const turns = [
      { role: 'system', content: 'S' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Yes?' },
    ];
    expect(template.renderRow({ kind: 'conversation', turns }).spans[0]!.text).toBe(
      renderPrompt({ instruction: 'Hi', system: 'S' }),
    );
    const long = { kind: 'conversation' as const, turns: [...turns, ...turns.slice(1)] };
    expect(() => template.renderRow(long)).toThrow(
      expect.objectContaining({
        code: 'BAD_INPUT',
        advice: 'Use a chat template (template: { kind: chat }) for conversations.',
      }) as Error,
    );
    expect(() => template.renderRow({ kind: 'conversation', turns: turns.slice(0, 2) })).toThrow(
      /system, user/,
    );
  });
});
