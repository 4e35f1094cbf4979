import type { Backend } from '../contract/backend.ts';
import type { ProcessGroup } from '../contract/process-group.ts';
import type { TensorSum } from '../contract/tensor-sum.ts';
import type { Tensor } from '../contract/tensor.ts';

/** Elements that travel together: small tensors share a message, and no host copy is larger than this or its tensor. */
const bucketSize = 4 * 1024 * 1024;

/** The backend's own way to sum tensors over a group, or the way through host memory. */
export async function openTensorSum(backend: Backend, group: ProcessGroup): Promise<TensorSum> {
  return (await backend.openTensorSum?.(group)) ?? hostSum(backend, group);
}

function hostSum(backend: Backend, group: ProcessGroup): TensorSum {
  return {
    description: 'host memory',
    async sum(tensors) {
      for (const bucket of bucketsOf(tensors)) {
        const values = new Float32Array(bucket.reduce((total, { size }) => total + size, 0));
        let offset = 0;
        for (const tensor of bucket) {
          values.set(await backend.download(tensor), offset);
          offset += tensor.size;
        }
        await group.sum(values);
        offset = 0;
        for (const tensor of bucket) backend.write(tensor, values.subarray(offset, (offset += tensor.size)));
      }
    },
    dispose: () => undefined,
  };
}

function bucketsOf(tensors: readonly Tensor<'f32'>[]): Tensor<'f32'>[][] {
  const buckets: Tensor<'f32'>[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    if (buckets.length === 0 || tensor.size > room) {
      buckets.push([]);
      room = bucketSize;
    }
    buckets.at(-1)!.push(tensor);
    room -= tensor.size;
  }
  return buckets;
}
