/** Seconds of one call. */
export interface Rate {
  readonly median: number;
  readonly best: number;
}

/** Times a call `rounds` times, after one that is not counted. */
export function timeRounds(rounds: number, call: () => void): Rate {
  call();
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    call();
    return (performance.now() - start) / 1000;
  }).sort((a, b) => a - b);
  return { median: times[rounds >> 1]!, best: times[0]! };
}
