import { completeJson, type ChatModel, type JsonReply, type RejectionWatch } from '@bezoar/llm';
import {
  defaultRubric,
  judgeMessages,
  verdictSchema,
  type JudgedAnswer,
  type Rubric,
  type Verdict,
} from './rubric.ts';

export interface RateAnswerOptions {
  readonly rubric?: Rubric;
  /** Makes a rejected request a reply that is not `ok`. Without it, PROVIDER_REJECTED is thrown. */
  readonly rejections?: RejectionWatch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A rubric judge: status, rating and a sentence on one answer, at temperature 0. A reply that cannot be read, after one repair
 * turn, is `ok: false` with its reason, never a low rating.
 */
export function rateAnswer(
  model: ChatModel,
  answer: JudgedAnswer,
  { rubric = defaultRubric, rejections, signal }: RateAnswerOptions = {},
): Promise<JsonReply<Verdict>> {
  const request = { messages: judgeMessages(answer, rubric), temperature: 0 };
  return completeJson(model, request, { schema: verdictSchema(rubric), rejections, signal });
}
