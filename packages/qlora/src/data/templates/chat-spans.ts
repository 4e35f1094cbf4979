import { BezoarError } from '@bezoar/core';
import type { TrainingTurn } from '@bezoar/formats';
import type { ChatTemplate, RenderedText } from '@bezoar/model';
import type { TextSpan } from '../prompt-template.ts';

/** Which of the assistant's turns the model learns to write. A turn with `train: false` is never learnt. */
export type TrainedTurns = 'all' | 'last';

export interface SpanOptions {
  readonly template: ChatTemplate;
  readonly text: RenderedText;
  readonly train: TrainedTurns;
  /** Takes what follows the prompt as the answer, even where the template has `{% generation %}` blocks. */
  readonly ignoreMarks?: boolean;
}

/**
 * A conversation as text in which the assistant's turns are targets. Where the template marks them (`{% generation %}`), its marks
 * decide; else an answer is what the text up to and including its turn has more than the prompt before it.
 * Throws BezoarError BAD_INPUT when the template renders a turn differently once others follow: then no part of the text is the
 * answer that a prompt would get.
 */
export function answerSpans(turns: readonly TrainingTurn[], options: SpanOptions): TextSpan[] {
  const answers = turns.flatMap(({ role }, index) => (role === 'assistant' ? [index] : []));
  const trained = answers.filter(
    (index) => turns[index]!.train !== false && (options.train === 'all' || index === answers.at(-1)),
  );
  if (options.template.marksGeneration && options.ignoreMarks !== true)
    return markedSpans(turns, { ...options, answers, trained });
  return prefixSpans(turns, { ...options, trained });
}

interface Trained extends SpanOptions {
  /** Indices of the turns that are learnt. */
  readonly trained: readonly number[];
}

function markedSpans(
  turns: readonly TrainingTurn[],
  { template, answers, trained }: Trained & { readonly answers: readonly number[] },
): TextSpan[] {
  const pieces = template.renderPieces(turns);
  const marked = pieces.filter(({ generated }) => generated).length;
  if (trained.length < answers.length && marked !== answers.length) {
    throw new BezoarError(
      'BAD_INPUT',
      `The chat template marks ${marked} generated parts in a conversation of ${answers.length} answers, so it cannot be told which of them to leave out.`,
      { advice: 'Train on all turns, or use a template with one generation block for each answer.' },
    );
  }
  let answer = 0;
  return pieces.map(({ text, generated }) => ({
    text,
    target: generated && (trained.length === answers.length || trained.includes(answers[answer++]!)),
  }));
}

function prefixSpans(turns: readonly TrainingTurn[], { template, text, trained }: Trained): TextSpan[] {
  const whole = template.render(turns);
  const spans: TextSpan[] = [];
  let done = 0;
  for (const index of trained) {
    const prompt = template.render(turns.slice(0, index), { addGenerationPrompt: true });
    const answered = template.render(turns.slice(0, index + 1));
    if (!answered.startsWith(prompt) || !whole.startsWith(answered))
      throw doesNotNest(index, answered.startsWith(prompt));
    const end = prompt.length + cutAfterEnd(answered.slice(prompt.length), text).length;
    spans.push({ text: whole.slice(done, prompt.length), target: false });
    spans.push({ text: whole.slice(prompt.length, end), target: true });
    done = end;
  }
  if (done < whole.length) spans.push({ text: whole.slice(done), target: false });
  return spans;
}

function doesNotNest(index: number, promptFits: boolean): BezoarError {
  const problem = promptFits
    ? `writes turn ${index + 1} differently when others follow it`
    : `writes a prompt for turn ${index + 1} that the answered turn does not start with`;
  return new BezoarError(
    'BAD_INPUT',
    `The chat template ${problem}, so its answer cannot be found in the text.`,
    {
      advice: promptFits
        ? 'Train on the last turn only (train: last), or mark the answers in the template with {% generation %}.'
        : 'Mark the answers in the template with {% generation %}.',
      data: { turn: index },
    },
  );
}

/** White space behind the token that ends a turn is left out: generation is over when the token is there. */
export function cutAfterEnd(answer: string, { special }: RenderedText): string {
  const trimmed = answer.trimEnd();
  return [...special.keys()].some((name) => trimmed.endsWith(name)) ? trimmed : answer;
}
