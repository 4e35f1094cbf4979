import { BezoarError } from '@bezoar/core';

/** Tells a call that does not come through, which costs one verdict, from a provider that is down, which ends the run. */
export interface OutageWatch {
  /**
   * The work's result; undefined when its call was given up. Throws its PROVIDER_UNAVAILABLE when too many in a row were, or when a
   * scheduler has stopped asking.
   */
  run<Result>(work: () => Promise<Result>): Promise<Result | undefined>;
  /** To be called when all is done. Throws the last failure when there were calls and none was answered. */
  finish(): void;
}

export function createOutageWatch(inARow = 5): OutageWatch {
  let answered = false;
  let failures = 0;
  let last: BezoarError | undefined;
  return {
    async run(work) {
      try {
        const result = await work();
        answered = true;
        failures = 0;
        return result;
      } catch (error) {
        if (!BezoarError.isInstance(error) || error.code !== 'PROVIDER_UNAVAILABLE') throw error;
        last = error;
        failures++;
        if (failures >= inARow || error.data['circuit'] === 'open') throw error;
        return undefined;
      }
    },
    finish() {
      if (!answered && last !== undefined) throw last;
    },
  };
}
