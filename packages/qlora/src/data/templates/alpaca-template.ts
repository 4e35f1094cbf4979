import type { InstructionTemplateOptions } from './openbezoar-template.ts';
import type { PromptTemplate } from './prompt-template.ts';
import { createSectionTemplate } from './section-template.ts';

/** The first lines of the Alpaca prompts (Taori et al. 2023): they differ when there is an input. */
const preambles = {
  withInput:
    'Below is an instruction that describes a task, paired with an input that provides further context. ' +
    'Write a response that appropriately completes the request.',
  without:
    'Below is an instruction that describes a task. Write a response that appropriately completes the request.',
};

/** The Alpaca template: sections Instruction, Input where there is one, and Response. A system text replaces the preamble. */
export function alpacaTemplate({ system }: InstructionTemplateOptions = {}): PromptTemplate {
  return createSectionTemplate({
    kind: 'alpaca',
    system,
    stops: ['\n\n', '###'],
    render: ({ instruction, input, system: text }) => {
      const preamble = text ?? (input === undefined ? preambles.without : preambles.withInput);
      const context = input === undefined ? '' : `### Input:\n${input}\n\n`;
      return `${preamble}\n\n### Instruction:\n${instruction}\n\n${context}### Response:\n`;
    },
  });
}
