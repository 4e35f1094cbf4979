import type { HostArray, Nf4Weight, Tensor, Weight } from '@bezoar/backend';
import type { Slot } from '../memory/slot.ts';

/** A tensor or scratch memory as a kernel sees it: `name[row][column]`. */
export interface View {
  readonly slot: Slot;
  readonly columns: number;
  /** `name[row][x]` is the array of the four elements from column 4x on. Only where `context.fours` says so. */
  readonly fours?: boolean;
}

export interface Launch<Sizes extends object> {
  /** Names the kernel: one body for one name. */
  readonly kernel: string;
  /** What is compiled into the kernel; loops need their bounds here. */
  readonly sizes: Sizes;
  /** The body of the kernel's function: computes the element at this.thread.x, this.thread.y. */
  readonly body: (sizes: Sizes) => string;
  /** Threads; y is 1 if left out. */
  readonly threads: readonly [x: number, y?: number];
  /** The body returns an array of four elements; threads[0] counts fours. Only where `context.fours` says so. */
  readonly fours?: boolean;
  /** How many steps the loops of a thread take together; 0 if left out. */
  readonly steps?: number;
  /** Parameters of the kernel's function, in order. Numbers may change from call to call. */
  readonly inputs: Readonly<Record<string, View | number>>;
  /** What the values of all threads, row after row, are put into. */
  readonly out: Slot;
}

/** What every op gets. All of it is enqueued, in the order of the calls. */
export interface OpContext {
  launch<Sizes extends object>(launch: Launch<Sizes>): void;
  /** Whether rows of these widths can be read and written four elements at a time: in textures, when they are whole fours. */
  fours(...widths: readonly number[]): boolean;
  /** Elements of a live tensor. */
  view(tensor: Tensor, columns?: number): View;
  /** Where a kernel puts the elements of a tensor that it computes. */
  output(tensor: Tensor): Slot;
  /** f32 memory for the time of `use`. */
  scratch(size: number, use: (slot: Slot) => void): void;
  /** Values made on the host, for the time of `use`. */
  constant(values: Float32Array | Int32Array, use: (slot: Slot) => void): void;
  /** A table of f32 values, brought to the device once. */
  table(name: TableName): View;
  /** Makes `to` what `from` is, without copying anything; between f32 and bf16 the device's floats only. */
  share(from: Slot, to: Slot): void;
  /** All elements become the number. */
  fill(slot: Slot, value: number): void;
  /** Gives the slot the bits that `convert` makes of the other one's. */
  convert(from: Slot, to: Slot, convert: (values: Float32Array) => HostArray): void;
  /** Values of an i32 tensor that the host gave and no op wrote; undefined when they are not known here. */
  knownInts(tensor: Tensor): Int32Array | undefined;
  /** Whether kernels answer with promises. */
  readonly asynchronous: boolean;
  /** A copy of f32 values, at once. Throws BezoarError UNSUPPORTED while promises of kernels are under way. */
  readNow(tensor: Tensor): Float32Array<ArrayBuffer>;
}

export type TableName =
  'nf4Code' | 'nf4Midpoints' | 'signedMap' | 'signedMidpoints' | 'unsignedMap' | 'unsignedMidpoints';

export function weightShape(weight: Weight): { readonly outputs: number; readonly inputs: number } {
  const inputs = weight.shape.at(-1)!;
  return { outputs: isNf4(weight) ? weight.shape[0] : weight.size / inputs, inputs };
}

export function isNf4(weight: Weight): weight is Nf4Weight {
  return weight.kind === 'nf4';
}
