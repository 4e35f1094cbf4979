/** Lines that only one of two texts has, `-` and `+` before them, in their order: enough to see what changed. */
export function changedLines(before: string, now: string): readonly string[] {
  const only = (text: string, other: string, mark: string): string[] => {
    const rest = new Map<string, number>();
    for (const line of other.split('\n')) rest.set(line, (rest.get(line) ?? 0) + 1);
    return text.split('\n').flatMap((line) => {
      const left = rest.get(line) ?? 0;
      rest.set(line, left - 1);
      return left > 0 ? [] : [`${mark} ${line}`];
    });
  };
  return [...only(before, now, '-'), ...only(now, before, '+')];
}
