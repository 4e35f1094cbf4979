import type { ChatMessage } from '@bezoar/core';
import type { PromptTemplate } from '@bezoar/qlora';

/** What a template of sections puts in front of every instruction. */
const instructionHeader = '### Instruction:';

/**
 * A conversation as text, up to where the next answer starts. A chat template has place for all turns. A template of sections was made for
 * one exchange: further ones follow with their own instruction and response, as in FastChat, and the system text stands once.
 */
export function conversationPrompt(template: PromptTemplate, messages: readonly ChatMessage[]): string {
  if (template.kind === 'chat') return template.renderPrompt({ turns: messages });
  const system = messages.find(({ role }) => role === 'system')?.content;
  let text = '';
  for (const { role, content } of messages) {
    if (role === 'assistant') text += `${content}\n\n`;
    if (role !== 'user') continue;
    const rendered = template.renderPrompt({ instruction: content, system });
    text += text === '' ? rendered : rendered.slice(rendered.indexOf(instructionHeader));
  }
  return text;
}

/** Texts that no answer goes beyond: a model of one exchange that does not stop writes the next instruction itself. */
export function conversationStops({ kind }: PromptTemplate): readonly string[] {
  return kind === 'chat' ? [] : [instructionHeader];
}
