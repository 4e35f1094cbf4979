import type { SumOfSquaresArgs } from '@bezoar/backend';
import type { Slot } from '../memory/slot.ts';
import { lanesOf } from './lanes.ts';
import type { OpContext } from './op-context.ts';

/** Elements to a thread. The sums of threads are summed in the same way, and so on: rounding errors stay small. */
const RUN = 64;
/** Arguments to a kernel: a fragment shader has at least 8 textures. */
const ARGUMENTS = 8;

export function sumOfSquares(context: OpContext, { tensors, out }: SumOfSquaresArgs): void {
  const slots = tensors.filter(({ size }) => size > 0).map((tensor) => context.view(tensor).slot);
  if (slots.length === 0) {
    context.fill(context.output(out), 0);
    return;
  }
  reduce(context, { slots, squares: true, out: context.output(out) });
}

interface Reduction {
  readonly slots: readonly Slot[];
  readonly squares: boolean;
  readonly out: Slot;
}

function reduce(context: OpContext, { slots, squares, out }: Reduction): void {
  const groups = Array.from({ length: Math.ceil(slots.length / ARGUMENTS) }, (_, group) =>
    slots.slice(group * ARGUMENTS, (group + 1) * ARGUMENTS),
  );
  const threadsOf = (group: readonly Slot[]): number =>
    Math.max(...group.map(({ size }) => Math.ceil(size / RUN)));
  const [only] = groups;
  if (groups.length === 1 && only && threadsOf(only) === 1) {
    sumRuns(context, { slots: only, squares, out });
    return;
  }
  nest(
    groups.map(
      (group) => (use: (partial: Slot) => void) =>
        context.scratch(threadsOf(group), (partial) => {
          sumRuns(context, { slots: group, squares, out: partial });
          use(partial);
        }),
    ),
    (partials) => reduce(context, { slots: partials, squares: false, out }),
  );
}

/** Calls `use` inside of all scopes. */
function nest(
  scopes: readonly ((use: (slot: Slot) => void) => void)[],
  use: (slots: readonly Slot[]) => void,
  opened: readonly Slot[] = [],
): void {
  const [first, ...rest] = scopes;
  if (first) first((slot) => nest(rest, use, [...opened, slot]));
  else use(opened);
}

function sumRuns(context: OpContext, { slots, squares, out }: Reduction): void {
  const runs = slots.map(({ size }) => ({ size, fours: context.fours(size) }));
  context.launch({
    kernel: 'sumOfSquares',
    sizes: { squares, lengths: runs.map(({ size }) => size) },
    body: () => `
      let sum = 0;
      ${runs.map((run, index) => sumRun(`x${index}`, { ...run, squares })).join('\n')}
      return sum;`,
    threads: [out.size],
    inputs: Object.fromEntries(
      slots.map((slot, index) => [`x${index}`, { slot, columns: slot.size, fours: runs[index]!.fours }]),
    ),
    out,
  });
}

interface Run {
  readonly size: number;
  readonly fours: boolean;
  readonly squares: boolean;
}

/** The run of this thread, cut off at the end of the values. */
function sumRun(name: string, { size, fours, squares }: Run): string {
  const width = fours ? 4 : 1;
  const [run, end] = [RUN / width, size / width];
  const terms = lanesOf(fours).map((lane) => (squares ? `value${lane} * value${lane}` : `value${lane}`));
  return `
    for (let i = 0; i < ${Math.min(run, end)}; i++) {
      if (this.thread.x * ${run} + i < ${end}) {
        const value = ${name}[0][this.thread.x * ${run} + i];
        sum += ${terms.join(' + ')};
      }
    }`;
}
