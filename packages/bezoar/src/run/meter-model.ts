import type { ChatModel } from '@bezoar/llm';

/** What a stage asked of chat models. */
export interface Usage {
  /** Calls that were made now. */
  calls: number;
  /** Answers that the ledger had. */
  cached: number;
  inputTokens: number;
  outputTokens: number;
  /** US dollars, where prices are known; and the answered calls whose price is not. */
  cost?: number;
  unpriced?: number;
  /** Calls that the provider may have billed a second time, after a process had died, and what that would cost. */
  paidTwice?: number;
  paidTwiceCost?: number;
}

/** The same model; every answer is counted. Tokens of answers from the ledger cost nothing now and are left out. */
export function meterModel(model: ChatModel, usage: Usage): ChatModel {
  return {
    id: model.id,
    async complete(request, options) {
      const response = await model.complete(request, options);
      if (response.cached === true) usage.cached++;
      else {
        usage.calls++;
        usage.inputTokens += response.usage.inputTokens;
        usage.outputTokens += response.usage.outputTokens;
        if (response.cost !== undefined) usage.cost = (usage.cost ?? 0) + response.cost;
      }
      return response;
    },
  };
}
