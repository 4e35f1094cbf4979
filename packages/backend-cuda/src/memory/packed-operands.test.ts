import { describe, expect, it } from 'vitest';
import { createPackedOperands, type PackedOperands } from './packed-operands.ts';

/** Operands over memory that is only counted. */
function counted(): {
  operands: PackedOperands;
  held: () => number;
  packs: number[];
  pack: (source: number) => void;
} {
  const held = new Map<number, number>();
  const packs: number[] = [];
  let next = 1000;
  const operands = createPackedOperands({
    reserve(bytes) {
      held.set((next += 100), bytes);
      return next;
    },
    giveBack: (address) => void held.delete(address),
  });
  return {
    operands,
    packs,
    held: () => held.size,
    pack: (source) =>
      operands.use(
        { source, sourceBytes: 10, key: 'k', bytes: 5 },
        { pack: () => packs.push(source), use: () => undefined },
      ),
  };
}

describe('createPackedOperands', () => {
  it('packs once until the source is touched', () => {
    const { operands, packs, pack } = counted();
    pack(10);
    pack(10);
    operands.touch(9);
    operands.touch(20);
    pack(10);
    expect(packs).toEqual([10]);
    operands.touch(19);
    pack(10);
    expect(packs).toEqual([10, 10]);
  });

  it('keeps the last three, and lets go of all when memory is short', () => {
    const { operands, packs, pack, held } = counted();
    for (const source of [10, 20, 30, 10, 40]) pack(source);
    expect(held()).toBe(3);
    pack(10);
    expect(packs).toEqual([10, 20, 30, 40]);
    pack(20);
    expect(packs).toEqual([10, 20, 30, 40, 20]);
    expect(operands.evict()).toBe(true);
    expect(held()).toBe(0);
    expect(operands.evict()).toBe(false);
  });

  it('neither moves nor gives away what is in use, and forgets it when its source was written meanwhile', () => {
    const { operands, packs, pack, held } = counted();
    operands.use(
      { source: 10, sourceBytes: 10, key: 'k', bytes: 5 },
      {
        pack: () => packs.push(10),
        use() {
          for (const source of [20, 30, 40, 50]) pack(source);
          operands.touch(15);
          operands.evict();
          expect(held()).toBe(1);
        },
      },
    );
    expect(held()).toBe(0);
    pack(10);
    expect(packs).toEqual([10, 20, 30, 40, 50, 10]);
  });
});
