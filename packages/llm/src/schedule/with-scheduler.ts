import type { ChatModel } from '../chat-model.ts';
import type { Scheduler } from './create-scheduler.ts';

/**
 * The same model, its calls made when the scheduler allows it, its answers with their cost. Put it under the ledger, so that
 * answered calls cost nothing. Throws BezoarError BAD_CONFIG when there is a budget and the model has no price.
 */
export function withScheduler(model: ChatModel, scheduler: Scheduler): ChatModel {
  scheduler.check(model);
  return {
    id: model.id,
    complete: (request, options) => scheduler.complete(model, request, options),
  };
}
