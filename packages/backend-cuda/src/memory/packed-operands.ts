/** An operand of a product as the tensor cores take it: bf16 rows `stride` elements apart. */
export interface PackedOperand {
  /** Of the f32 values that it was made of. */
  readonly source: number;
  readonly sourceBytes: number;
  /** All else that decides its bits: shape and dropout. */
  readonly key: string;
  readonly address: number;
  readonly bytes: number;
  inUse: boolean;
  /** Its source was touched while it was in use. */
  stale: boolean;
}

export interface PackedOperands {
  /**
   * Calls `use` with the address of the packed operand; `pack` before, unless it was packed already and its source was not touched since. The
   * operand stays where it is meanwhile.
   */
  use(operand: Pick<PackedOperand, 'source' | 'sourceBytes' | 'key' | 'bytes'>, parts: PackedUse): void;
  /** Must be told every address that something other than a product's packing is given: it may be written there. */
  touch(address: number): void;
  /** Gives all memory back that is not in use. True when there was something to give. */
  evict(): boolean;
}

export interface PackedUse {
  readonly pack: (address: number) => void;
  readonly use: (address: number) => void;
}

export interface PackedOperandsOptions {
  /** Throws when there is no memory. */
  readonly reserve: (bytes: number) => number;
  readonly giveBack: (address: number, bytes: number) => void;
}

/** A product has two, and the last one of before may be wanted again. */
const KEPT = 3;

/**
 * The last few packed operands: q, k and v (gate and up, the gradients of a layer and of its adapter) are products with the same
 * activations, which are packed once. Whether the source is still what it was is known without asking the ops: nothing writes into a tensor
 * whose address was given to nothing.
 */
export function createPackedOperands({ reserve, giveBack }: PackedOperandsOptions): PackedOperands {
  /** The last used at the end. */
  let kept: PackedOperand[] = [];

  function drop(gone: PackedOperand): void {
    kept = kept.filter((each) => each !== gone);
    giveBack(gone.address, gone.bytes);
  }

  return {
    use({ source, sourceBytes, key, bytes }, { pack, use }) {
      let operand = kept.find((each) => each.source === source && each.key === key && !each.stale);
      if (operand) kept = [...kept.filter((each) => each !== operand), operand];
      else {
        const idle = kept.filter(({ inUse }) => !inUse);
        for (const each of idle.slice(0, Math.max(0, kept.length - KEPT + 1))) drop(each);
        operand = { source, sourceBytes, key, address: reserve(bytes), bytes, inUse: false, stale: false };
        pack(operand.address);
        kept.push(operand);
      }
      const wasInUse = operand.inUse;
      operand.inUse = true;
      try {
        use(operand.address);
      } finally {
        operand.inUse = wasInUse;
        if (operand.stale && !wasInUse) drop(operand);
      }
    },
    touch(address) {
      for (const each of kept) {
        if (address < each.source || address >= each.source + each.sourceBytes) continue;
        if (each.inUse) each.stale = true;
        else drop(each);
      }
    },
    evict() {
      const idle = kept.filter(({ inUse }) => !inUse);
      for (const each of idle) drop(each);
      return idle.length > 0;
    },
  };
}
