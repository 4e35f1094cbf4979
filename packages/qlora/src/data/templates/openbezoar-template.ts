import { renderPrompt } from '../prompt-template.ts';
import type { PromptTemplate } from './prompt-template.ts';
import { createSectionTemplate } from './section-template.ts';

export interface InstructionTemplateOptions {
  /** For rows that have no system text of their own. */
  readonly system?: string | undefined;
}

/** The template of the OpenBezoar models: sections System, Instruction (with its input) and Response. */
export function openbezoarTemplate({ system }: InstructionTemplateOptions = {}): PromptTemplate {
  return createSectionTemplate({
    kind: 'openbezoar',
    system,
    stops: ['\n\n', '###'],
    render: ({ instruction, input, system: text }) =>
      renderPrompt({
        instruction: input === undefined ? instruction : `${instruction}\n\n${input}`.trim(),
        system: text,
      }),
  });
}
