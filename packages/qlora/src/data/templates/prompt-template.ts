import type { TrainingRow, TrainingTurn } from '@bezoar/formats';
import type { TextSpan } from '../prompt-template.ts';

/** How a template's text becomes tokens. */
export interface SpanEncoding {
  /** BOS in front, where the tokenizer has one. */
  readonly addBos: boolean;
  /** EOS at the end, where the tokenizer has one; as a target when the last span is one. */
  readonly addEos: boolean;
  /** Names of special tokens in the text are special tokens: see `RenderedText` of `@bezoar/model`. */
  readonly rendered: boolean;
}

/** Prompt and answer apart: what they are put together from is encoded as one text. */
export interface RenderedAnswer {
  readonly prompt: string;
  readonly completion: string;
}

export interface RenderedRow {
  readonly spans: readonly TextSpan[];
  readonly encoding: SpanEncoding;
}

/** What a model is asked: an instruction, or the turns of a conversation so far. */
export type PromptRequest =
  | {
      readonly instruction: string;
      readonly input?: string | undefined;
      readonly system?: string | undefined;
    }
  | { readonly turns: readonly TrainingTurn[] };

/** How rows become text. Training, generation, preferences and evaluation of one model must use the same one. */
export interface PromptTemplate {
  readonly kind: 'openbezoar' | 'alpaca' | 'chat';
  readonly encoding: SpanEncoding;
  /** Texts that a short reply ends before, beside EOS: a blank line, and the headers of this template. */
  readonly stops: readonly string[];
  /** Special tokens that end a reply, beside EOS. */
  readonly stopIds: readonly number[];
  /** A row to train on. Throws BezoarError BAD_INPUT for a row that the template has no place for. */
  renderRow(row: TrainingRow): RenderedRow;
  /** Everything up to where the response starts. */
  renderPrompt(request: PromptRequest): string;
  renderAnswer(request: PromptRequest, answer: string): RenderedAnswer;
}
