import type { Backend, DType, Tensor } from '@bezoar/backend';

/**
 * Buffers that come back: a pass takes what it needs and gives it back, and the next pass of the same shape takes the
 * same memory again. Contents of a taken buffer are undefined.
 */
export interface Workspace {
  take<Type extends DType>(dtype: Type, shape: readonly number[]): Tensor<Type>;
  /** Back to the pool. Giving the same buffer back twice is a mistake and throws. */
  release(...tensors: readonly (Tensor | undefined)[]): void;
  /** Frees pooled buffers that were not used since the last call: call it once per step. */
  trim(): void;
  dispose(): void;
}

export function createWorkspace(backend: Backend): Workspace {
  const pool = new Map<string, Tensor[]>();
  const used = new Set<string>();
  const pooled = new Set<Tensor>();
  const keyOf = (dtype: DType, shape: readonly number[]): string => `${dtype}[${shape.join(',')}]`;

  const free = (keep: (key: string) => boolean): void => {
    for (const [key, tensors] of pool) {
      if (keep(key)) continue;
      for (const tensor of tensors) {
        pooled.delete(tensor);
        tensor.dispose();
      }
      pool.delete(key);
    }
  };

  return {
    take<Type extends DType>(dtype: Type, shape: readonly number[]) {
      const key = keyOf(dtype, shape);
      used.add(key);
      // The key names the dtype.
      const tensor = (pool.get(key)?.pop() as Tensor<Type> | undefined) ?? backend.alloc(dtype, shape);
      pooled.delete(tensor);
      return tensor;
    },
    release(...tensors) {
      for (const tensor of tensors) {
        if (tensor === undefined) continue;
        if (pooled.has(tensor)) throw new Error('A workspace buffer was released twice.');
        pooled.add(tensor);
        const key = keyOf(tensor.dtype, tensor.shape);
        const list = pool.get(key);
        if (list === undefined) pool.set(key, [tensor]);
        else list.push(tensor);
      }
    },
    trim() {
      free((key) => used.has(key));
      used.clear();
    },
    dispose: () => free(() => false),
  };
}
