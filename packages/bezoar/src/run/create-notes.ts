/** Lines that come up while a stage waits, from whoever it waits for. */
export interface Notes {
  /** The same line twice in a row is one. */
  add(message: string): void;
  /** Those since the last time. */
  take(): string[];
  /** Resolves when there is one. */
  arrived(): Promise<void>;
}

export function createNotes(): Notes {
  const messages: string[] = [];
  let last: string | undefined;
  let wake = (): void => undefined;
  return {
    add(message) {
      if (message === last) return;
      last = message;
      messages.push(message);
      wake();
    },
    take: () => messages.splice(0),
    arrived: () =>
      new Promise((resolve) => {
        wake = resolve;
        if (messages.length > 0) resolve();
      }),
  };
}
