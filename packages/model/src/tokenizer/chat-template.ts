import { BezoarError } from '@bezoar/core';
import { Template } from '@huggingface/jinja';
import type { RenderedText } from './rendered-text.ts';
import { strftime } from './strftime.ts';

/** A turn of a conversation. Which roles there are, and in which order, is the template's business. */
export interface ConversationTurn {
  readonly role: string;
  readonly content: string;
}

export interface ChatTemplate {
  /** Whether it says itself what the model writes, by `{% generation %}` blocks. */
  readonly marksGeneration: boolean;
  /**
   * The conversation as one text; with `addGenerationPrompt`, up to where the assistant's next turn starts.
   * Throws BezoarError BAD_INPUT with what the template objects to.
   */
  render(turns: readonly ConversationTurn[], options?: { readonly addGenerationPrompt?: boolean }): string;
  /** The same text in pieces: those inside of `{% generation %}`, and the others. */
  renderPieces(turns: readonly ConversationTurn[]): ChatPiece[];
}

export interface ChatPiece {
  readonly text: string;
  readonly generated: boolean;
}

export interface ChatTemplateOptions {
  /** Jinja. */
  readonly source: string;
  /** For messages: the file that it comes from. */
  readonly what: string;
  /** The tokenizer's, so that user text cannot act as a special token. */
  readonly text?: RenderedText | undefined;
  /** What `strftime_now` tells. Without it templates that ask for the date fall back to their own, or refuse. */
  readonly date?: Date | undefined;
}

/** Noncharacters, like the mark of `protect`, which takes them out of what users wrote. */
const marks = { start: '\uFDD1', end: '\uFDD2' } as const;
/** The library tells the time of now, which would make the text of a row depend on when it is trained on. */
const ownDate = '{% set strftime_now = date_now %}\n';
const generationTag = /{%([-+]?)\s*(end)?generation\s*([-+]?)%}/g;

/** Reads a Hugging Face chat template. Throws BezoarError BAD_FILE when it is not Jinja that can be read. */
export function createChatTemplate({ source, what, text, date }: ChatTemplateOptions): ChatTemplate {
  const template = parse(`${ownDate}${markGeneration(source)}`, what);
  const context = {
    bos_token: text?.bosToken ?? '',
    eos_token: text?.eosToken ?? '',
    date_now: date === undefined ? undefined : (format: string) => strftime(date, format),
  };
  const render = (turns: readonly ConversationTurn[], addGenerationPrompt: boolean): string => {
    const messages = turns.map(({ role, content }) => ({ role, content: text?.protect(content) ?? content }));
    try {
      return template.render({ ...context, messages, add_generation_prompt: addGenerationPrompt });
    } catch (cause) {
      const asksForDate = date === undefined && source.includes('strftime_now');
      throw new BezoarError('BAD_INPUT', `${what} refuses a conversation: ${reason(cause)}`, {
        advice: asksForDate
          ? 'If it asks for the date, give one (date: 2026-01-31): a resumed training must see the same text.'
          : `Its roles are ${turns.map(({ role }) => role).join(', ')}.`,
        cause,
      });
    }
  };
  return {
    marksGeneration: source.search(generationTag) >= 0,
    render: (turns, { addGenerationPrompt = false } = {}) =>
      render(turns, addGenerationPrompt).replace(/[\uFDD1\uFDD2]/g, ''),
    renderPieces: (turns) => piecesOf(render(turns, false)),
  };
}

/**
 * Blocks of `{% generation %}` become marks in the text. They are written as conditions that always hold, so that white space
 * around them is treated as around any block.
 */
function markGeneration(source: string): string {
  return source.replace(generationTag, (...[, left, end, right]: (string | undefined)[]) =>
    end === undefined
      ? `{%${left ?? ''} if true %}{{ '${marks.start}' }}{% if true ${right ?? ''}%}`
      : `{%${left ?? ''} endif %}{{ '${marks.end}' }}{% endif ${right ?? ''}%}`,
  );
}

function piecesOf(marked: string): ChatPiece[] {
  const pieces: ChatPiece[] = [];
  for (const part of marked.split(marks.start)) {
    const [inside, ...outside] = part.split(marks.end);
    // What stands before the first start mark is outside, and so is everything behind an end mark.
    pieces.push({ text: inside!, generated: outside.length > 0 });
    pieces.push({ text: outside.join(''), generated: false });
  }
  return pieces.filter(({ text }) => text !== '');
}

function parse(source: string, what: string): Template {
  try {
    return new Template(source);
  } catch (cause) {
    throw new BezoarError('BAD_FILE', `${what} is no chat template that can be read: ${reason(cause)}`, {
      advice: 'Give another one: chat templates are Jinja, with messages and add_generation_prompt.',
      cause,
    });
  }
}

function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
