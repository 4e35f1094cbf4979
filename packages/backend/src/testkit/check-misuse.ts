import { BezoarError } from '@bezoar/core';
import type { Backend } from '../contract/backend.ts';
import type { HostTensor } from './host-tensor.ts';
import type { BuiltCase } from './op-case.ts';
import { uploadCase } from './scratch.ts';

/**
 * Calls an op wrongly in every way that its tensors allow — one disposed, one a size too large, one of a wrong dtype —
 * and says which call was not refused with the right error.
 */
export function checkMisuse(backend: Backend, built: BuiltCase): string | undefined {
  for (const [name, value] of Object.entries(built.inputs)) {
    if (value.kind === 'nf4') continue;
    const disposed = errorCodeOf(backend, built, name);
    if (disposed !== 'DISPOSED') return `${name} disposed: ${disposed} instead of DISPOSED`;
    const other = retyped(value);
    const wrongType = errorCodeOf(backend, replaced(built, name, other));
    if (wrongType !== 'BAD_INPUT') return `${name} as ${other.dtype}: ${wrongType} instead of BAD_INPUT`;
    if (built.anySize?.includes(name)) continue;
    const wrongSize = errorCodeOf(backend, replaced(built, name, enlarged(value)));
    if (wrongSize !== 'BAD_INPUT')
      return `${name} with one element too many: ${wrongSize} instead of BAD_INPUT`;
  }
  return undefined;
}

/** What a call throws: the code of a BezoarError, or words. */
function errorCodeOf(backend: Backend, built: BuiltCase, dispose?: string): string {
  const scratch = uploadCase(backend, built.inputs);
  try {
    if (dispose !== undefined) scratch.tensor(dispose).dispose();
    built.call(backend, scratch);
    return 'nothing thrown';
  } catch (error) {
    return codeOf(error);
  } finally {
    scratch.dispose();
  }
}

export function codeOf(error: unknown): string {
  return BezoarError.isInstance(error) ? error.code : `no BezoarError (${String(error)})`;
}

function replaced(built: BuiltCase, name: string, value: HostTensor): BuiltCase {
  return { ...built, inputs: { ...built.inputs, [name]: value } };
}

/** As many elements of a dtype that no op takes in its place. */
function retyped({ dtype, shape, data }: HostTensor): HostTensor {
  if (dtype === 'u8') return { kind: 'tensor', dtype: 'f32', shape, data: new Float32Array(data.length) };
  return { kind: 'tensor', dtype: 'u8', shape, data: new Uint8Array(data.length) };
}

function enlarged({ dtype, data }: HostTensor): HostTensor {
  const size = data.length + 1;
  const larger = {
    f32: new Float32Array(size),
    bf16: new Uint16Array(size),
    i32: new Int32Array(size),
    u8: new Uint8Array(size),
  };
  return { kind: 'tensor', dtype, shape: [size], data: larger[dtype] };
}
