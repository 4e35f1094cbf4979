import { openSafetensors } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';

export interface HostTensor {
  readonly shape: readonly number[];
  /** Float types as they are; integer types as numbers. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** All tensors of a small safetensors file. */
export async function readTensors(folder: string, name: string): Promise<Map<string, HostTensor>> {
  const file = await openSafetensors(await openFolder(folder).open(name));
  const tensors = new Map<string, HostTensor>();
  for (const tensor of file.names) {
    const { dtype, shape } = file.info(tensor);
    const data =
      dtype === 'I32' ? Float32Array.from(await file.readInt32(tensor)) : await file.readF32(tensor);
    tensors.set(tensor, { shape, data });
  }
  await file.close();
  return tensors;
}
