import type { ChatMessage } from '@bezoar/core';
import {
  completeJson,
  completeText,
  type ChatModel,
  type ChatRequest,
  type JsonProblem,
  type JsonReply,
  type RejectionWatch,
  type TextReply,
} from '@bezoar/llm';
import type { z } from 'zod';
import type { MissingVerdict } from '../files/judgment.ts';
import type { JudgeSettings } from '../judge-settings.ts';
import { fillPrompt, type JudgePrompt } from '../prompts/judge-prompt.ts';
import {
  pairReplySchema,
  readRatingMark,
  readWinnerMark,
  singleReplySchema,
  type MarkReading,
  type ShownWinner,
} from '../prompts/read-verdict.ts';
import type { OutageWatch } from './outage-watch.ts';

/** One question to the judge. */
export interface JudgeQuestion {
  readonly prompt: JudgePrompt;
  /** What its template is filled with. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface JudgeContext {
  readonly model: ChatModel;
  readonly settings: JudgeSettings;
  readonly rejections: RejectionWatch;
  readonly outages: OutageWatch;
  readonly signal: AbortSignal | undefined;
}

export interface JudgeReply<Verdict> {
  readonly userPrompt: string;
  /** The judge's words; empty when there are none. */
  readonly judgment: string;
  /** Null: see `missing`. */
  readonly verdict: Verdict | null;
  readonly missing?: MissingVerdict;
}

export function askForRating(question: JudgeQuestion, context: JudgeContext): Promise<JudgeReply<number>> {
  return ask(question, context, {
    schema: singleReplySchema,
    ofJson: ({ rating }) => rating,
    ofMark: readRatingMark,
  });
}

export function askForWinner(
  question: JudgeQuestion,
  context: JudgeContext,
): Promise<JudgeReply<ShownWinner>> {
  return ask(question, context, {
    schema: pairReplySchema,
    ofJson: ({ winner }) => winner,
    ofMark: readWinnerMark,
  });
}

interface VerdictReader<Json, Verdict> {
  readonly schema: z.ZodType<Json>;
  readonly ofJson: (value: Json) => Verdict;
  readonly ofMark: (text: string, reading: MarkReading) => Verdict | null;
}

/** Prompts that ask for JSON get the structured verdict first, and a mark where there is none; the others a mark alone. */
async function ask<Json, Verdict>(
  question: JudgeQuestion,
  context: JudgeContext,
  reader: VerdictReader<Json, Verdict>,
): Promise<JudgeReply<Verdict>> {
  const { model, settings, outages, rejections, signal } = context;
  const { temperature, maxTokens, reading } = settings;
  const userPrompt = fillPrompt(question.prompt, question.fields);
  const request: ChatRequest = {
    messages: messagesOf(question.prompt, userPrompt, settings),
    temperature,
    maxTokens,
  };
  const options = { rejections, signal };
  const reply = await outages.run<TextReply | JsonReply<Json>>(() =>
    question.prompt.output_format === 'json'
      ? completeJson<z.ZodType<Json>>(model, request, { schema: reader.schema, ...options })
      : completeText(model, request, options),
  );
  if (reply === undefined) return { userPrompt, judgment: '', verdict: null, missing: 'unavailable' };
  const { text } = reply;
  const read = { userPrompt, judgment: text };
  if (reply.ok && 'value' in reply) return { ...read, verdict: reader.ofJson(reply.value) };
  const problem = reply.ok ? undefined : missingOf(reply.code);
  // A reply that was cut off or refused may quote a mark, but gives none. FastChat reads whatever text there is.
  const readable = problem === undefined || problem === 'unreadable' || reading === 'fastchat';
  const verdict = readable ? reader.ofMark(text, reading) : null;
  return verdict === null ? { ...read, verdict, missing: problem ?? 'unreadable' } : { ...read, verdict };
}

function missingOf(code: JsonProblem): MissingVerdict {
  return code === 'refused' || code === 'truncated' || code === 'rejected-by-provider' ? code : 'unreadable';
}

/** The general system text of single prompts says nothing, and stays where it is. */
function messagesOf(
  { type, system_prompt: system }: JudgePrompt,
  user: string,
  { pairSystem }: JudgeSettings,
): ChatMessage[] {
  if (type === 'pairwise' && pairSystem === 'user')
    return [{ role: 'user', content: `[Instruction]\n${system}\n\n${user}` }];
  return [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
}
