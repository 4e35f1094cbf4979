import type { ChatRequest } from '../chat-model.ts';
import type { TokenCounts } from './rate-windows.ts';

export interface TokenEstimate {
  /** What the call will probably use: reserved in the rate windows. */
  readonly expected: TokenCounts;
  /** What it cannot exceed: reserved in the budget. */
  readonly worst: TokenCounts;
}

/** Learns from settled calls how many tokens the next one will use. */
export interface TokenEstimator {
  /** `maxTokens` bounds the output when the request does not. */
  estimate(request: ChatRequest, maxTokens: number): TokenEstimate;
  observe(request: ChatRequest, actual: TokenCounts): void;
}

/** Words of a chat template around every message, and of a structured mode's own instructions. */
const tokensPerMessage = 16;
const tokensPerSchema = 600;
/** Share of the newest call in the moving averages: about the last 50 count. */
const weight = 0.04;

/**
 * A token of a byte-level tokenizer is at least one byte, so bytes and a template's overhead bound the input. The expected
 * numbers are moving averages: tokens per byte (0.3 at first), and tokens of an answer (its bound, at most 512, at first).
 */
export function createTokenEstimator(): TokenEstimator {
  let tokensPerByte = 0.3;
  let outputTokens: number | undefined;
  return {
    estimate(request, maxTokens) {
      const bytes = bytesOf(request);
      const bound = request.maxTokens ?? maxTokens;
      const overhead =
        tokensPerMessage * (request.messages.length + 1) +
        (request.responseSchema === undefined ? 0 : tokensPerSchema);
      return {
        expected: {
          inputTokens: Math.ceil(bytes * tokensPerByte),
          outputTokens: Math.min(bound, Math.ceil(outputTokens ?? 512)),
        },
        worst: { inputTokens: bytes + overhead, outputTokens: bound },
      };
    },
    observe(request, actual) {
      const bytes = bytesOf(request);
      if (bytes > 0) tokensPerByte += weight * (actual.inputTokens / bytes - tokensPerByte);
      outputTokens =
        outputTokens === undefined
          ? actual.outputTokens
          : outputTokens + weight * (actual.outputTokens - outputTokens);
    },
  };
}

function bytesOf({ messages, responseSchema }: ChatRequest): number {
  let bytes = responseSchema === undefined ? 0 : Buffer.byteLength(JSON.stringify(responseSchema));
  for (const { content } of messages) bytes += Buffer.byteLength(content);
  return bytes;
}
