import { BezoarError, describeError } from '@bezoar/core';
import type { ChatModel, ChatResponse } from '../chat-model.ts';
import { callKey } from './call-key.ts';
import type { Ledger } from './open-ledger.ts';

export interface WithLedgerOptions {
  /** Groups the statistics. */
  readonly stage?: string;
  readonly promptVersion?: string;
  /** Between two looks at a call that another process is making. */
  readonly pollMs?: number;
}

/**
 * The same model with a memory: an answered call is answered again from the ledger, every new one is stored before it is
 * handed on. Equal calls of one process that run at the same time are one call.
 */
export function withLedger(model: ChatModel, ledger: Ledger, options: WithLedgerOptions = {}): ChatModel {
  const { stage = '', promptVersion = '', pollMs = 200 } = options;
  const flying = new Map<string, Promise<ChatResponse>>();
  const ask = async (
    key: string,
    ...[request, callOptions]: Parameters<ChatModel['complete']>
  ): Promise<ChatResponse> => {
    for (;;) {
      callOptions?.signal?.throwIfAborted();
      const claim = ledger.claim(key, { model: model.id, stage, request: JSON.stringify(request) });
      if (claim.kind === 'done') return claim.response;
      if (claim.kind === 'leased') break;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    await ledger.committed();
    const answer = await model.complete(request, callOptions).catch((error: unknown) => {
      const lost = BezoarError.isInstance(error) && error.data['mayBeBilled'] === true;
      ledger.fail(key, describeError(error), { mayBeBilled: lost });
      throw error;
    });
    ledger.complete(key, answer);
    await ledger.committed();
    const { rateLimit, takenOver, begunAgain, ...response } = answer;
    return response;
  };
  return {
    id: model.id,
    complete(request, callOptions) {
      const key = callKey({ model: model.id, request, promptVersion });
      const flight = flying.get(key);
      if (flight !== undefined) return flight;
      // Most calls of a resumed run: no promises to keep, no transaction.
      const known = ledger.find(key);
      if (known !== undefined) return Promise.resolve(known);
      const call = ask(key, request, callOptions).finally(() => flying.delete(key));
      flying.set(key, call);
      return call;
    },
  };
}
