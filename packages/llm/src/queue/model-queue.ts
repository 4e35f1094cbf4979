import type { ChatRequest, ChatResponse } from '../chat-model.ts';

export const defaultQueueName = 'bezoar';

/** What a call is in Redis. */
export interface CallJob {
  readonly request: ChatRequest;
}

/** The answer as it is stored there. */
export type StoredAnswer = Omit<ChatResponse, 'rateLimit' | 'cached' | 'takenOver'>;

/**
 * Every model has a queue of its own, so that workers take only the calls that they can make, and limits hold by model.
 * BullMQ allows no colon in a name.
 */
export function modelQueueName(name: string, modelId: string): string {
  return `${encodeURIComponent(name)}.${encodeURIComponent(modelId)}`;
}
