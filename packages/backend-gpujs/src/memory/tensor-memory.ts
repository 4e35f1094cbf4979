import {
  checkUpload,
  checkWrite,
  createHostArray,
  createTensorTable,
  outOfMemory,
  type Backend,
  type HostArray,
  type HostArrayOf,
  type Tensor,
} from '@bezoar/backend';
import type { Gpu } from '../gpujs/open-gpu.ts';
import type { DeviceData, KernelRunner } from '../kernels/kernel-runner.ts';
import { deviceLength, fromDeviceForm, toDeviceForm } from './device-form.ts';
import type { Resident, Residents } from './resident.ts';
import { clearSlot, type Slot } from './slot.ts';
import { whenDone } from './when-done.ts';
import type { WorkQueue } from './work-queue.ts';

export interface TensorMemory {
  readonly methods: Pick<
    Backend,
    'alloc' | 'upload' | 'write' | 'download' | 'synchronize' | 'dispose' | 'memory'
  >;
  /** What a live tensor holds. */
  slot(tensor: Tensor): Slot;
  /** The same for a tensor that an op is about to write. */
  output(tensor: Tensor): Slot;
  /** The values of an i32 tensor, if the host gave them and no op wrote it since. */
  knownInts(tensor: Tensor): Int32Array | undefined;
  /** The values of a tensor that was uploaded and never written, while they are not on the device alone. */
  knownValues(tensor: Tensor): HostArray | undefined;
  /** A slot's values on the device; brings them there. To be called from a job of the queue. */
  resident(slot: Slot): Resident | Promise<Resident>;
  /** A slot's values on the host. To be called from a job of the queue. */
  read(slot: Slot): HostArray | Promise<HostArray>;
}

export interface TensorMemoryOptions {
  readonly gpu: Gpu;
  readonly runner: KernelRunner;
  readonly residents: Residents;
  readonly queue: WorkQueue;
}

/** More than any JavaScript array holds. */
const MAX_ELEMENTS = 2 ** 31;

export function createTensorMemory({ gpu, runner, residents, queue }: TensorMemoryOptions): TensorMemory {
  const slots = new Map<number, Slot>();
  /** Indices, targets and positions come from the host: their values are kept here, to be checked and counted. */
  const ints = new WeakMap<Tensor, Int32Array>();
  /** Zeros by length: gradients begin with them at every step. */
  const zeros = new Map<number, Resident>();
  /** Uploaded and never written: what they hold does not wait for a job. */
  const untouched = new WeakSet<Tensor>();
  let lastAddress = 0;

  const table = createTensorTable({
    take(_bytes, dtype, shape) {
      const size = shape.reduce((product, dimension) => product * dimension, 1);
      if (deviceLength(dtype, size) > Math.min(MAX_ELEMENTS, gpu.maxSide ** 2))
        throw outOfMemory(dtype, shape);
      slots.set((lastAddress += 1), { dtype, size, fill: 0 });
      return lastAddress;
    },
    release(address) {
      const slot = slots.get(address)!;
      slots.delete(address);
      queue.enqueue(() => clearSlot(slot));
    },
    held: () => residents.usage().bytes,
  });

  const slotOf = (tensor: Tensor): Slot => slots.get(table.address(tensor))!;

  /** In modes with textures, the way of values to the device is a kernel that copies its argument. */
  function transfer(floats: Float32Array): DeviceData | Promise<DeviceData> {
    if (!gpu.textures) return floats;
    const columns = floats.length;
    return runner.run({
      key: 'upload',
      body: () => 'return values[0][this.thread.x];',
      output: [columns, 1],
      args: { values: { data: floats, columns, rows: 1 } },
    });
  }

  function filled(length: number, value: number): Resident | Promise<Resident> {
    const known = value === 0 ? zeros.get(length) : undefined;
    if (known) {
      known.share();
      return known;
    }
    return whenDone(transfer(new Float32Array(length).fill(value)), (data) => {
      const resident = residents.create(data, length);
      if (value === 0) {
        resident.share();
        zeros.set(length, resident);
      }
      return resident;
    });
  }

  function residentOf(slot: Slot): Resident | Promise<Resident> {
    if (slot.device) return slot.device;
    const { host } = slot;
    const length = deviceLength(slot.dtype, slot.size);
    const values = host
      ? whenDone(transfer(toDeviceForm(host)), (data) => residents.create(data, length))
      : filled(length, slot.fill ?? 0);
    return whenDone(values, (resident) => {
      slot.device = resident;
      slot.fill = undefined;
      if (slot.dtype === 'f32') slot.host = undefined;
      return resident;
    });
  }

  function read(slot: Slot): HostArray | Promise<HostArray> {
    if (slot.host) return slot.host;
    if (!slot.device) return createHostArray(slot).fill(slot.fill ?? 0);
    const floats = runner.read(slot.device.data, deviceLength(slot.dtype, slot.size));
    return whenDone(floats, (values) => fromDeviceForm(values, slot.dtype, slot.size));
  }

  function noteInts(tensor: Tensor, written: Int32Array): void {
    const known = written.length === tensor.size ? written : ints.get(tensor)?.slice();
    if (!known) return;
    known.set(written);
    ints.set(tensor, known);
  }

  return {
    methods: {
      alloc: (dtype, shape) => table.take(dtype, shape),
      upload(dtype, shape, data) {
        table.requireOpen();
        checkUpload(dtype, shape, data);
        const tensor = table.take(dtype, shape);
        const slot = slotOf(tensor);
        slot.fill = undefined;
        slot.host = data.slice();
        if (slot.host instanceof Int32Array) ints.set(tensor, slot.host);
        untouched.add(tensor);
        return tensor;
      },
      write(tensor, data) {
        checkWrite(tensor, data);
        const slot = slotOf(tensor);
        const written = data.slice();
        untouched.delete(tensor);
        if (written instanceof Int32Array) noteInts(tensor, written);
        queue.enqueue(() =>
          written.length === slot.size
            ? replace(slot, written)
            : whenDone(read(slot), (old) => {
                const merged = old.slice();
                merged.set(written);
                replace(slot, merged);
              }),
        );
      },
      async download<Type extends Tensor['dtype']>(tensor: Tensor<Type>): Promise<HostArrayOf<Type>> {
        const slot = slotOf(tensor);
        let values: HostArray | undefined;
        queue.enqueue(() => whenDone(read(slot), (array) => void (values = array.slice())));
        await queue.settled();
        return values as HostArrayOf<Type>;
      },
      async synchronize() {
        table.requireOpen();
        await queue.settled();
      },
      async dispose() {
        if (!table.close()) return;
        await queue.settled().catch(() => undefined);
        for (const slot of slots.values()) clearSlot(slot);
        slots.clear();
        for (const resident of zeros.values()) resident.release();
        zeros.clear();
        table.disposeAll();
        await gpu.destroy();
      },
      memory() {
        const { busiest, ...use } = table.memory();
        return { ...use, busiest: Math.max(busiest, residents.usage().peak) };
      },
    },
    slot: slotOf,
    output(tensor) {
      ints.delete(tensor);
      untouched.delete(tensor);
      return slotOf(tensor);
    },
    knownInts: (tensor) => ints.get(tensor),
    knownValues: (tensor) => (untouched.has(tensor) ? slotOf(tensor).host : undefined),
    resident: residentOf,
    read,
  };
}

function replace(slot: Slot, host: HostArray): void {
  clearSlot(slot);
  slot.host = host;
}
