/** What is behind the name of a value that was read: `[0]` … `[3]` of an array of four, nothing of a single one. */
export function lanesOf(fours: boolean): readonly string[] {
  return fours ? ['[0]', '[1]', '[2]', '[3]'] : [''];
}

/** A statement for every lane, with variables `sum0` … `sum3` or only `sum0`. */
export function forLanes(fours: boolean, text: (lane: string, index: number) => string): string {
  return lanesOf(fours).map(text).join(' ');
}

/** The end of a kernel: one value, or the array of four. */
export function returnLanes(fours: boolean, text: (lane: string, index: number) => string): string {
  const values = lanesOf(fours).map(text);
  return fours ? `return [${values.join(', ')}];` : `return ${values.join('')};`;
}
