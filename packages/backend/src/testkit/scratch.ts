import type { Backend } from '../contract/backend.ts';
import type { HostArrayOf, Nf4Weight, Tensor } from '../contract/tensor.ts';
import { uploadNf4 } from '../nf4/upload-nf4.ts';
import { bf16ToF32 } from '../numeric/bf16.ts';
import type { HostValue } from './host-tensor.ts';
import type { BuiltCase, DeviceValues } from './op-case.ts';

/** The inputs of a case in a backend's memory, and the way back. */
export interface Scratch extends DeviceValues {
  dispose(): void;
}

export function uploadCase(backend: Backend, inputs: BuiltCase['inputs']): Scratch {
  const values = new Map(Object.entries(inputs).map(([name, value]) => [name, uploadValue(backend, value)]));
  const weight = (name: string): Tensor | Nf4Weight => {
    const value = values.get(name);
    if (!value) throw new RangeError(`the case has no input ${name}`);
    return value;
  };
  const tensor = (name: string): Tensor => {
    const value = weight(name);
    if (value.kind !== 'tensor') throw new TypeError(`the input ${name} is no tensor`);
    return value;
  };
  return {
    weight,
    tensor,
    pick: <Name extends string>(...names: readonly Name[]) =>
      Object.fromEntries(names.map((name) => [name, tensor(name)])) as Record<Name, Tensor>,
    dispose: () => values.forEach((value) => value.dispose()),
  };
}

function uploadValue(backend: Backend, value: HostValue): Tensor | Nf4Weight {
  if (value.kind === 'nf4') return uploadNf4(backend, value.shape, value.data);
  return backend.upload(value.dtype, value.shape, value.data as HostArrayOf<typeof value.dtype>);
}

/** The raw bytes of a tensor. */
export async function downloadBytes(backend: Backend, tensor: Tensor): Promise<Uint8Array> {
  const data = await backend.download(tensor);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The numbers in a tensor; bf16 converted. */
export async function downloadNumbers(backend: Backend, tensor: Tensor): Promise<Float64Array> {
  const data = await backend.download(tensor);
  return Float64Array.from(tensor.dtype === 'bf16' ? bf16ToF32(data as Uint16Array) : data);
}
