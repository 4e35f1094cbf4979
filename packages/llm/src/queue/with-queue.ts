import type { ChatModel } from '../chat-model.ts';
import { callKey } from '../ledger/call-key.ts';
import type { CallQueue } from './call-queue.ts';

/**
 * A model of the same id whose calls are made by whoever serves the queue: neither a key nor an SDK is needed here. Put the
 * ledger above it; limits belong to those who serve.
 */
export function withQueue({ id }: Pick<ChatModel, 'id'>, queue: CallQueue): ChatModel {
  return {
    id,
    complete(request, options) {
      const key = callKey({ model: id, request, promptVersion: '' });
      return queue.enqueue({ key, modelId: id, request }, options);
    },
  };
}
