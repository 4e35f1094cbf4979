import { BezoarError } from '@bezoar/core';
import type { TrainingTurn } from '@bezoar/formats';
import type { PromptRequest, PromptTemplate, SpanEncoding } from './prompt-template.ts';
import { textRow } from './text-row.ts';

/** An instruction, and what a template of headed sections puts around it. */
export interface SectionPrompt {
  readonly instruction: string;
  readonly input: string | undefined;
  readonly system: string | undefined;
}

export interface SectionTemplateOptions {
  readonly kind: 'openbezoar' | 'alpaca';
  /** For rows that have none. */
  readonly system: string | undefined;
  readonly stops: readonly string[];
  readonly render: (prompt: SectionPrompt) => string;
}

const encoding: SpanEncoding = { addBos: true, addEos: true, rendered: false };

/** A template of headed sections: one instruction, one response. Conversations of one exchange have a place in it too. */
export function createSectionTemplate({
  kind,
  system,
  stops,
  render,
}: SectionTemplateOptions): PromptTemplate {
  const renderPrompt = (request: PromptRequest): string => {
    const prompt = 'turns' in request ? promptOf(request.turns, kind) : request;
    return render({
      instruction: prompt.instruction,
      input: prompt.input,
      system: prompt.system ?? system,
    });
  };
  return {
    kind,
    encoding,
    stops,
    stopIds: [],
    renderRow(row) {
      if (row.kind === 'text') return textRow(row);
      const [request, answer] = row.kind === 'instruction' ? [row, row.response] : exchange(row.turns, kind);
      return {
        encoding,
        spans: [
          { text: renderPrompt(request), target: false },
          { text: answer, target: true },
        ],
      };
    },
    renderPrompt,
    renderAnswer: (request, answer) => ({ prompt: renderPrompt(request), completion: answer }),
  };
}

type Instruction = Exclude<PromptRequest, { readonly turns: unknown }>;

function exchange(turns: readonly TrainingTurn[], kind: string): [Instruction, string] {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') throw noPlace(turns, kind);
  return [promptOf(turns.slice(0, -1), kind, turns), last.content];
}

function promptOf(turns: readonly TrainingTurn[], kind: string, whole = turns): Instruction {
  const [first, ...others] = turns;
  const system = first?.role === 'system' ? first.content : undefined;
  const rest = system === undefined ? turns : others;
  if (rest.length !== 1 || rest[0]?.role !== 'user') throw noPlace(whole, kind);
  return { instruction: rest[0].content, system };
}

function noPlace(turns: readonly TrainingTurn[], kind: string): BezoarError {
  const roles = turns.map(({ role }) => role).join(', ') || 'none';
  return new BezoarError(
    'BAD_INPUT',
    `The ${kind} template has place for one user turn and one answer; the row's turns are: ${roles}.`,
    { advice: 'Use a chat template (template: { kind: chat }) for conversations.' },
  );
}
