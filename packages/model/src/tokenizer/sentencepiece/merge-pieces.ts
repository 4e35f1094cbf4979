/** What merging may produce. */
export interface MergeTable {
  /** Undefined when the text is no mergeable piece. An unused one is a step on the way, and taken apart at the end. */
  lookup(text: string): { readonly score: number; readonly unused: boolean } | undefined;
}

/** A symbol of the sequence that is being merged: a doubly linked list in arrays. */
interface Symbols {
  readonly text: string[];
  readonly previous: Int32Array;
  readonly next: Int32Array;
}

/**
 * BPE as SentencePiece does it: of all neighbouring symbols whose concatenation is a piece, the one with the greatest
 * score is merged, the leftmost of equal ones first. A heap makes it n log n.
 */
export function mergePieces(characters: readonly string[], table: MergeTable): string[] {
  const count = characters.length;
  const symbols: Symbols = {
    text: [...characters],
    previous: Int32Array.from({ length: count }, (_, i) => i - 1),
    next: Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1)),
  };
  const heap = createHeap();
  const partsOfUnused = new Map<string, readonly [string, string]>();
  const consider = (left: number, right: number): void => {
    if (left < 0 || right < 0) return;
    const parts = [symbols.text[left]!, symbols.text[right]!] as const;
    const merged = parts[0] + parts[1];
    const piece = table.lookup(merged);
    if (piece === undefined) return;
    heap.push({ left, right, score: piece.score, length: merged.length });
    if (piece.unused) partsOfUnused.set(merged, parts);
  };
  for (let i = 0; i + 1 < count; i++) consider(i, i + 1);

  for (let best = heap.pop(); best !== undefined; best = heap.pop()) {
    const { left, right, length } = best;
    // Stale when one of the two has been merged away or has grown since.
    if (
      symbols.text[left] === '' ||
      symbols.text[right] === '' ||
      symbols.text[left]!.length + symbols.text[right]!.length !== length
    )
      continue;
    symbols.text[left]! += symbols.text[right]!;
    symbols.text[right] = '';
    const after = symbols.next[right]!;
    symbols.next[left] = after;
    if (after >= 0) symbols.previous[after] = left;
    consider(symbols.previous[left]!, left);
    consider(left, after);
  }
  const resolve = (text: string): string[] => partsOfUnused.get(text)?.flatMap(resolve) ?? [text];
  return symbols.text.flatMap((text) => (text === '' ? [] : resolve(text)));
}

interface Candidate {
  readonly left: number;
  readonly right: number;
  readonly score: number;
  /** Of both texts together, when the candidate was made. */
  readonly length: number;
}

function createHeap(): { push(candidate: Candidate): void; pop(): Candidate | undefined } {
  const items: Candidate[] = [];
  const before = (a: Candidate, b: Candidate): boolean =>
    a.score > b.score || (a.score === b.score && a.left < b.left);
  return {
    push(candidate) {
      let at = items.push(candidate) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(candidate, items[parent]!)) break;
        items[at] = items[parent]!;
        at = parent;
      }
      items[at] = candidate;
    },
    pop() {
      const top = items[0];
      const last = items.pop();
      if (items.length === 0 || last === undefined) return top;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= items.length) break;
        if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++;
        if (!before(items[child]!, last)) break;
        items[at] = items[child]!;
        at = child;
      }
      items[at] = last;
      return top;
    },
  };
}
