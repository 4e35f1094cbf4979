/** A list of 32-bit words that grows by doubling: a plain array would take four times the memory. */
export interface GrowableWords {
  readonly length: number;
  at(index: number): number;
  set(index: number, value: number): void;
  push(value: number): void;
  append(values: Uint32Array): void;
  /** A view, valid until the next push. */
  slice(start: number, end: number): Uint32Array;
}

export function createGrowableWords(initial: Uint32Array = new Uint32Array()): GrowableWords {
  let words = initial;
  let length = initial.length;
  const reserve = (wanted: number): void => {
    if (wanted <= words.length) return;
    const larger = new Uint32Array(Math.max(wanted, 2 * words.length, 64));
    larger.set(words.subarray(0, length));
    words = larger;
  };
  return {
    get length() {
      return length;
    },
    at: (index) => words[index]!,
    set(index, value) {
      words[index] = value;
    },
    push(value) {
      reserve(length + 1);
      words[length++] = value;
    },
    append(values) {
      reserve(length + values.length);
      words.set(values, length);
      length += values.length;
    },
    slice: (start, end) => words.subarray(start, end),
  };
}
