import { BezoarError } from '@bezoar/core';
import type { CallOptions, ChatModel, ChatRequest, ChatResponse } from '../chat-model.ts';

export interface RejectionWatchOptions {
  /** A model whose first calls, this many, are all rejected has a wrong name or wrong settings. 20 by default. */
  readonly atStart?: number;
  /** One that rejects this many in a row later on has changed its mind: an account without money, say. 100 by default. */
  readonly inARow?: number;
}

/** The provider would not take this request. */
export interface RejectedRequest {
  /** The error's message, with the model and the provider's words. */
  readonly rejected: string;
  /** A filter disliked its text: a refusal before the model, and no sign that anything is wrong with the run. */
  readonly filtered: boolean;
}

/**
 * Tells a request that the provider rejects, which is a matter of one row, from a provider that rejects every request,
 * which is a matter of the run. One watch for the calls of a stage.
 */
export interface RejectionWatch {
  /**
   * `model.complete`, with a rejection as its value. Throws BezoarError PROVIDER_REJECTED when this one makes too many
   * (see the options), and whatever else the model throws.
   */
  complete(
    model: ChatModel,
    request: ChatRequest,
    options?: CallOptions,
  ): Promise<ChatResponse | RejectedRequest>;
  /** To be called when the work is done. Throws BezoarError PROVIDER_REJECTED when there were calls and all were rejected. */
  finish(): void;
}

interface Tally {
  answered: boolean;
  inARow: number;
  last: BezoarError | undefined;
}

/** Tells a request that the provider rejects from a provider that rejects everything: the first `atStart` calls of a model, or `inARow` later on. */
export function createRejectionWatch({
  atStart = 20,
  inARow = 100,
}: RejectionWatchOptions = {}): RejectionWatch {
  const tallies = new Map<string, Tally>();
  const tallyOf = ({ id }: ChatModel): Tally => {
    const tally = tallies.get(id) ?? { answered: false, inARow: 0, last: undefined };
    tallies.set(id, tally);
    return tally;
  };
  return {
    async complete(model, request, options) {
      const tally = tallyOf(model);
      try {
        const response = await model.complete(request, options);
        tally.answered = true;
        tally.inARow = 0;
        return response;
      } catch (error) {
        if (!BezoarError.isInstance(error) || error.code !== 'PROVIDER_REJECTED') throw error;
        if (error.data['subject'] === 'content') {
          tally.answered = true;
          tally.inARow = 0;
          return { rejected: error.message, filtered: true };
        }
        tally.last = error;
        tally.inARow++;
        if (tally.inARow >= (tally.answered ? inARow : atStart)) throw everyCallRejected(model.id, tally);
        return { rejected: error.message, filtered: false };
      }
    },
    finish() {
      const all = [...tallies];
      if (all.some(([, { answered }]) => answered)) return;
      for (const [id, tally] of all) if (tally.inARow > 0) throw everyCallRejected(id, tally);
    },
  };
}

function everyCallRejected(model: string, { answered, inARow, last }: Tally): BezoarError {
  const start = inARow === 1 ? `The only call of ${model} was` : `All ${inARow} calls of ${model} were`;
  const which = answered ? `The last ${inARow} calls of ${model} were` : start;
  return new BezoarError('PROVIDER_REJECTED', `${which} rejected. The last one: ${last!.message}`, {
    advice: `${last!.advice ?? 'Check the model name and the settings.'} Calls that were answered are not made twice.`,
    data: { ...last!.data, rejectedInARow: inARow },
  });
}
