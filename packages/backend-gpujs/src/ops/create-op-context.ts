import { BezoarError } from '@bezoar/core';
import {
  nf4Code,
  nf4Midpoints,
  signedDynamicMap,
  unsignedDynamicMap,
  type HostArray,
  type Tensor,
} from '@bezoar/backend';
import type { Gpu } from '../gpujs/open-gpu.ts';
import type { KernelRunner, Matrix } from '../kernels/kernel-runner.ts';
import { deviceLength } from '../memory/device-form.ts';
import type { Residents } from '../memory/resident.ts';
import { clearSlot, type Slot } from '../memory/slot.ts';
import type { TensorMemory } from '../memory/tensor-memory.ts';
import { whenAllDone, whenDone } from '../memory/when-done.ts';
import type { WorkQueue } from '../memory/work-queue.ts';
import type { Launch, OpContext, TableName, View } from './op-context.ts';

export interface OpContextParts {
  readonly gpu: Gpu;
  readonly memory: TensorMemory;
  readonly runner: KernelRunner;
  readonly residents: Residents;
  readonly queue: WorkQueue;
}

const tables: Record<TableName, () => Float32Array> = {
  nf4Code,
  nf4Midpoints,
  signedMap: signedDynamicMap,
  signedMidpoints: () => midpointsOf(signedDynamicMap()),
  unsignedMap: unsignedDynamicMap,
  unsignedMidpoints: () => midpointsOf(unsignedDynamicMap()),
};

/** f32 midpoints of the neighbours of an ascending table. */
function midpointsOf(table: Float32Array): Float32Array {
  return Float32Array.from({ length: table.length - 1 }, (_, i) => (table[i]! + table[i + 1]!) / 2);
}

export function createOpContext({ gpu, memory, runner, residents, queue }: OpContextParts): OpContext {
  const loadedTables = new Map<TableName, View>();

  /** The arguments in the kernel's order, with views as they lie on the device. */
  function resolve(
    inputs: Launch<object>['inputs'],
  ): Record<string, Matrix | number> | Promise<Record<string, Matrix | number>> {
    const names = Object.keys(inputs);
    const values = names.map((name): Matrix | number | Promise<Matrix> => {
      const value = inputs[name]!;
      if (typeof value === 'number') return value;
      const { slot, columns, fours = false } = value;
      const rows = deviceLength(slot.dtype, slot.size) / columns;
      return whenDone(memory.resident(slot), ({ data }) => ({ data, columns, rows, fours }));
    });
    return whenDone(whenAllDone<Matrix | number>(values), (all) =>
      Object.fromEntries(all.map((value, i) => [names[i]!, value])),
    );
  }

  const context: OpContext = {
    launch({ kernel, sizes, body, threads: [x, y = 1], fours = false, steps = 0, inputs, out }) {
      if (x * y === 0) return;
      requireSteps(gpu, { kernel, steps: fours ? steps : 4 * steps });
      queue.enqueue(() =>
        whenDone(resolve(inputs), (args) =>
          whenDone(
            runner.run({
              key: `${kernel} ${Object.values(sizes).join(' ')}`,
              body: () => body(sizes),
              output: [x, y],
              fours,
              args,
            }),
            (data) => {
              clearSlot(out);
              out.device = residents.create(data, (fours ? 4 : 1) * x * y);
            },
          ),
        ),
      );
    },
    fours: (...widths) => gpu.textures && widths.every((width) => width % 4 === 0),
    view(tensor, columns) {
      const slot = memory.slot(tensor);
      return { slot, columns: columns ?? deviceLength(slot.dtype, slot.size) };
    },
    output: (tensor) => memory.output(tensor),
    scratch(size, use) {
      const slot: Slot = { dtype: 'f32', size };
      use(slot);
      queue.enqueue(() => clearSlot(slot));
    },
    constant(values, use) {
      const slot: Slot = { dtype: 'f32', size: values.length, host: Float32Array.from(values) };
      use(slot);
      queue.enqueue(() => clearSlot(slot));
    },
    table(name) {
      const known = loadedTables.get(name);
      if (known) return known;
      const values = tables[name]();
      const view: View = {
        slot: { dtype: 'f32', size: values.length, host: values },
        columns: values.length,
      };
      loadedTables.set(name, view);
      return view;
    },
    share(from, to) {
      queue.enqueue(() => {
        const sameForm = from.dtype === to.dtype;
        const values = sameForm ? from : whenDone(memory.resident(from), (device) => ({ device }));
        return whenDone(values, (shared: Partial<Slot>) => {
          const { host, fill, device } = shared;
          device?.share();
          clearSlot(to);
          Object.assign(to, { host, fill, device });
        });
      });
    },
    fill(slot, value) {
      queue.enqueue(() => {
        clearSlot(slot);
        slot.fill = value;
      });
    },
    convert(from, to, convert) {
      queue.enqueue(() =>
        whenDone(memory.read(from), (values: HostArray) => {
          clearSlot(to);
          to.host = convert(values as Float32Array);
        }),
      );
    },
    knownInts: (tensor) => memory.knownInts(tensor),
    asynchronous: gpu.asyncMode,
    readNow: (tensor) => readNow({ memory, queue }, tensor),
  };
  return context;
}

/** A thread of one value shares a texel, and its steps, with three others. Throws BezoarError UNSUPPORTED. */
function requireSteps(
  { mode, maxSteps }: Gpu,
  { kernel, steps }: { readonly kernel: string; readonly steps: number },
): void {
  if (steps <= maxSteps) return;
  throw new BezoarError(
    'UNSUPPORTED',
    `gpu.js ${mode}: ${kernel} takes ${steps} steps, more than ${maxSteps}`,
    {
      advice: 'Make the sequences or the model smaller, or choose another mode or backend.',
      data: { mode, kernel, steps, maxSteps },
    },
  );
}

function readNow(
  { memory, queue }: Pick<OpContextParts, 'memory' | 'queue'>,
  tensor: Tensor,
): Float32Array<ArrayBuffer> {
  const values = memory.knownValues(tensor) ?? (queue.busy ? undefined : memory.read(memory.slot(tensor)));
  if (values && !(values instanceof Promise)) return Float32Array.from(values);
  throw new BezoarError('UNSUPPORTED', 'gpu.js: these values cannot be read at once in asynchronous mode', {
    advice: 'Wait with synchronize() first, or choose asyncMode: false.',
  });
}
