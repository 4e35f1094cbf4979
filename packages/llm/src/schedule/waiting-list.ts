/** Waiting calls by their order: who came first goes first, also after a retry. */
export interface WaitingList<Item extends { readonly order: number; readonly gone: boolean }> {
  readonly size: number;
  push(item: Item): void;
  /** The first item that is not `gone`. */
  peek(): Item | undefined;
  shift(): void;
  /** Takes everything out. */
  drain(): Item[];
}

export function createWaitingList<
  Item extends { readonly order: number; readonly gone: boolean },
>(): WaitingList<Item> {
  let items: Item[] = [];
  let first = 0;
  const skipGone = (): void => {
    while (first < items.length && items[first]!.gone) first++;
    if (first > 1024 && first * 2 > items.length) {
      items = items.slice(first);
      first = 0;
    }
  };
  return {
    get size() {
      return items.length - first;
    },
    push(item) {
      let place = items.length;
      while (place > first && items[place - 1]!.order > item.order) place--;
      items.splice(place, 0, item);
    },
    peek() {
      skipGone();
      return items[first];
    },
    shift() {
      first++;
    },
    drain() {
      const waiting = items.slice(first).filter(({ gone }) => !gone);
      items = [];
      first = 0;
      return waiting;
    },
  };
}
