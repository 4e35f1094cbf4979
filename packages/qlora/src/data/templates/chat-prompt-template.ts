import type { TrainingRow, TrainingTurn } from '@bezoar/formats';
import type { ChatTemplate, RenderedText } from '@bezoar/model';
import { answerSpans, cutAfterEnd, type SpanOptions, type TrainedTurns } from './chat-spans.ts';
import type { PromptRequest, PromptTemplate, RenderedAnswer, SpanEncoding } from './prompt-template.ts';
import { textRow } from './text-row.ts';

export interface ChatPromptTemplateOptions {
  readonly template: ChatTemplate;
  /** The tokenizer's: it knows the tokens that end a turn. */
  readonly text: RenderedText;
  /** For conversations that have no system turn. */
  readonly system?: string | undefined;
  /** Which of the assistant's turns are learnt: all by default. */
  readonly train?: TrainedTurns | undefined;
}

/** The template itself writes BOS and what ends a turn. */
const encoding: SpanEncoding = { addBos: false, addEos: false, rendered: true };

/** A model's own chat template. Instruction rows are conversations of one exchange. */
export function chatPromptTemplate(options: ChatPromptTemplateOptions): PromptTemplate {
  const { template, text, system, train = 'all' } = options;
  const spanOptions: SpanOptions = { template, text, train };

  const withSystem = (turns: readonly TrainingTurn[]): readonly TrainingTurn[] =>
    system === undefined || turns[0]?.role === 'system'
      ? turns
      : [{ role: 'system', content: system }, ...turns];
  const turnsOf = (request: PromptRequest): readonly TrainingTurn[] =>
    withSystem('turns' in request ? request.turns : instructionTurns(request));
  const renderPrompt = (request: PromptRequest): string =>
    template.render(turnsOf(request), { addGenerationPrompt: true });

  const renderAnswer = (request: PromptRequest, answer: string): RenderedAnswer => {
    const turns = [...turnsOf(request), { role: 'assistant', content: answer }];
    // An answer to a prompt is what follows it, whatever the template marks.
    const spans = answerSpans(turns, { ...spanOptions, train: 'last', ignoreMarks: true });
    return { prompt: spans[0]!.text, completion: spans[1]!.text };
  };

  return {
    kind: 'chat',
    encoding,
    stops: ['\n\n'],
    stopIds: endIds(options),
    renderPrompt,
    renderAnswer,
    renderRow(row) {
      if (row.kind === 'text') return textRow(row);
      return { spans: answerSpans(withSystem(conversationOf(row)), spanOptions), encoding };
    },
  };
}

function conversationOf(row: Exclude<TrainingRow, { readonly kind: 'text' }>): readonly TrainingTurn[] {
  if (row.kind === 'conversation') return row.turns;
  return [...instructionTurns(row), { role: 'assistant', content: row.response }];
}

function instructionTurns(request: Exclude<PromptRequest, { readonly turns: unknown }>): TrainingTurn[] {
  const { system, instruction, input } = request;
  const content = input === undefined ? instruction : `${instruction}\n\n${input}`.trim();
  return [...(system === undefined ? [] : [{ role: 'system', content: system }]), { role: 'user', content }];
}

/** The special token that this template writes right behind an answer. */
function endIds({ template, text }: ChatPromptTemplateOptions): number[] {
  const answer = 'x';
  let rendered: string;
  try {
    rendered = template.render([
      { role: 'user', content: 'x' },
      { role: 'assistant', content: answer },
    ]);
  } catch {
    // It wants other turns than these; EOS ends replies then.
    return [];
  }
  const end = cutAfterEnd(rendered, text);
  const name = [...text.special.keys()]
    .filter((each) => end.endsWith(each))
    .sort((a, b) => b.length - a.length)[0];
  return name === undefined ? [] : [text.special.get(name)!];
}
