import {
  createTensorTable,
  outOfMemory,
  type HostArray,
  type Tensor,
  type TensorTable,
} from '@bezoar/backend';

/** The memory of the example's device: a buffer for every tensor. `TensorTable` does the book-keeping that all backends share. */
export interface HostMemory {
  readonly table: TensorTable;
  /** The values of a live tensor; writing to them writes the tensor. */
  readonly array: (tensor: Tensor) => HostArray;
  /** The same for one that is known to be f32: the argument checks have seen to it. */
  readonly f32: (tensor: Tensor) => Float32Array;
}

export function createHostMemory(): HostMemory {
  const buffers = new Map<number, ArrayBuffer>();
  let addresses = 0;
  let held = 0;
  const table = createTensorTable({
    take(bytes, dtype, shape) {
      try {
        buffers.set(++addresses, new ArrayBuffer(bytes));
      } catch (cause) {
        throw outOfMemory(dtype, shape, cause);
      }
      held += bytes;
      return addresses;
    },
    release(address) {
      held -= buffers.get(address)!.byteLength;
      buffers.delete(address);
    },
    held: () => held,
  });
  const arrayTypes = { f32: Float32Array, bf16: Uint16Array, i32: Int32Array, u8: Uint8Array };
  const array = (tensor: Tensor): HostArray =>
    new arrayTypes[tensor.dtype](buffers.get(table.address(tensor))!);
  return { table, array, f32: (tensor) => array(tensor) as Float32Array };
}
