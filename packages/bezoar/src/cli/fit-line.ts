export interface LinePart {
  readonly text: string;
  /** Where a line is too long, parts are left out by it, the greatest first; those of rank 0 stay. */
  readonly rank: number;
}

/** Parts as one line of at most `width` characters: whole parts go first, then the end of the rest. */
export function fitLine(parts: readonly LinePart[], width: number = Infinity): string {
  let kept = parts;
  for (;;) {
    const line = kept.map(({ text }) => text).join(' · ');
    const rank = Math.max(...kept.map((part) => part.rank));
    if (line.length <= width) return line;
    if (rank === 0) return line.slice(0, width);
    kept = kept.filter((part) => part.rank < rank);
  }
}
