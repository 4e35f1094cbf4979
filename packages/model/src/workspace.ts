import type { Backend, DType, Tensor } from '@bezoar/backend';

/**
 * Buffers that come back: a pass takes what it needs and gives it back, and the next pass of the same shape takes the
 * same memory again. Contents of a taken buffer are undefined. Between two calls of `endPass` there is one pass; passes of many
 * shapes need as much memory as the largest of them.
 */
export interface Workspace {
  take<Type extends DType>(dtype: Type, shape: readonly number[]): Tensor<Type>;
  /** Back to the pool. Giving the same buffer back twice is a mistake and throws. */
  release(...tensors: readonly (Tensor | undefined)[]): void;
  /** The next pass may use what is in the pool again. As soon as it needs anything else, what it has not used is freed. */
  endPass(): void;
  dispose(): void;
}

/** Lends device buffers by dtype and shape, and takes them back for the next pass, so that a step allocates nothing that the one before it had. */
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
  const allocate = <Type extends DType>(dtype: Type, shape: readonly number[]): Tensor<Type> => {
    free((key) => used.has(key));
    return backend.alloc(dtype, shape);
  };

  return {
    take<Type extends DType>(dtype: Type, shape: readonly number[]) {
      const key = keyOf(dtype, shape);
      used.add(key);
      // The key names the dtype.
      const tensor = (pool.get(key)?.pop() as Tensor<Type> | undefined) ?? allocate(dtype, shape);
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
    endPass: () => used.clear(),
    dispose: () => free(() => false),
  };
}
