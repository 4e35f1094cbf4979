import type { Backend } from '../contract/backend.ts';
import type { DType, HostArrayOf } from '../contract/tensor.ts';
import { codeOf } from './check-misuse.ts';

/** What is wrong, in words; undefined when all is well. */
type MemoryCase = (backend: Backend) => Promise<string | undefined>;

/** Cases about memory. Each gets a fresh backend. */
export function memoryCases(): Record<string, MemoryCase> {
  return {
    'alloc gives zeroes': allocZeroes,
    'upload and download are inverse for every dtype': roundTrips,
    'upload copies, and download gives a copy': copies,
    'write replaces the first elements': writes,
    'live, peak and tensors are exact': accounting,
    'wrong data is refused': refusals,
    'impossible sizes throw OUT_OF_MEMORY': outOfMemory,
    'use after dispose throws DISPOSED': disposal,
  };
}

const allocZeroes: MemoryCase = async (backend) => {
  for (const dtype of ['f32', 'bf16', 'i32', 'u8'] as const) {
    const tensor = backend.alloc(dtype, [3, 5]);
    if (tensor.size !== 15 || tensor.dtype !== dtype || tensor.shape.join() !== '3,5')
      return `${dtype}: wrong handle`;
    const data = await backend.download(tensor);
    if (data.length !== 15 || !data.every((value) => value === 0)) return `${dtype}: not 15 zeroes`;
  }
  return undefined;
};

const samples: { readonly [Type in DType]: HostArrayOf<Type> } = {
  f32: Float32Array.of(0, -0, 1.5, NaN, Infinity, -Infinity, 1e-45),
  bf16: Uint16Array.of(0, 0x8000, 0x3fc0, 0x7fc0, 0x7f80, 0xff80, 1),
  i32: Int32Array.of(0, -1, 1, 2147483647, -2147483648, 7, 8),
  u8: Uint8Array.of(0, 255, 1, 128, 127, 7, 8),
};

const roundTrips: MemoryCase = async (backend) => {
  for (const dtype of ['f32', 'bf16', 'i32', 'u8'] as const) {
    const data = await backend.download(backend.upload(dtype, [7], samples[dtype]));
    if (data.constructor !== samples[dtype].constructor)
      return `${dtype}: downloaded as ${data.constructor.name}`;
    if (!data.every((value, i) => Object.is(value, samples[dtype][i])))
      return `${dtype}: ${data.join()} came back`;
  }
  return undefined;
};

const copies: MemoryCase = async (backend) => {
  const data = Float32Array.of(1, 2, 3);
  const tensor = backend.upload('f32', [3], data);
  data[0] = 9;
  const first = await backend.download(tensor);
  if (first[0] !== 1) return 'a change of the host array after upload reached the tensor';
  first[0] = 9;
  return (await backend.download(tensor))[0] === 1
    ? undefined
    : 'a change of the downloaded array reached the tensor';
};

const writes: MemoryCase = async (backend) => {
  const tensor = backend.upload('i32', [4], Int32Array.of(1, 2, 3, 4));
  backend.write(tensor, Int32Array.of(7, 8));
  const data = await backend.download(tensor);
  return data.join() === '7,8,3,4' ? undefined : `${data.join()} after the write`;
};

const accounting: MemoryCase = async (backend) => {
  const floats = backend.alloc('f32', [10]);
  const halves = backend.alloc('bf16', [10]);
  const bytes = backend.upload('u8', [3], new Uint8Array(3));
  const seen: unknown[] = [backend.memory()];
  floats.dispose();
  floats.dispose();
  seen.push(backend.memory());
  halves.dispose();
  bytes.dispose();
  seen.push(backend.memory());
  await backend.synchronize();
  const expected = [
    { live: 63, peak: 63, tensors: 3 },
    { live: 23, peak: 63, tensors: 2 },
    { live: 0, peak: 63, tensors: 0 },
  ];
  for (const [i, { live, peak, tensors }] of expected.entries()) {
    const now = seen[i] as (typeof expected)[number];
    if (now.live !== live || now.peak !== peak || now.tensors !== tensors) {
      return `step ${i}: ${JSON.stringify(now)} instead of ${JSON.stringify(expected[i])}`;
    }
  }
  const { peak, busiest } = backend.memory();
  return busiest >= peak ? undefined : `${busiest} bytes at the busiest moment, ${peak} in tensors alone`;
};

const refusals: MemoryCase = (backend) => {
  const tensor = backend.alloc('f32', [2]);
  const calls: Record<string, () => unknown> = {
    'upload of too few elements': () => backend.upload('f32', [3], new Float32Array(2)),
    'upload of an array of another type': () => backend.upload('f32', [2], new Int32Array(2) as never),
    'write of too many elements': () => backend.write(tensor, new Float32Array(3)),
    'write of an array of another type': () => backend.write(tensor, new Uint8Array(2)),
    'alloc with a negative dimension': () => backend.alloc('f32', [-1]),
    'alloc with a fraction': () => backend.alloc('f32', [1.5]),
  };
  return Promise.resolve(firstNotThrowing(calls, 'BAD_INPUT'));
};

const outOfMemory: MemoryCase = (backend) =>
  Promise.resolve(
    firstNotThrowing(
      { 'alloc of 2^50 floats': () => backend.alloc('f32', [2 ** 25, 2 ** 25]) },
      'OUT_OF_MEMORY',
    ),
  );

const disposal: MemoryCase = async (backend) => {
  const tensor = backend.alloc('f32', [2]);
  const survivor = backend.alloc('f32', [2]);
  const before = tensor.disposed;
  tensor.dispose();
  const states = [before, tensor.disposed].join();
  if (states !== 'false,true') return `disposed before and after dispose(): ${states}`;
  const write = firstNotThrowing(
    { 'write after dispose': () => backend.write(tensor, new Float32Array(2)) },
    'DISPOSED',
  );
  if (write) return write;
  const download = await rejectionOf(() => backend.download(tensor));
  if (download !== 'DISPOSED') return `download after dispose: ${download}`;
  await backend.dispose();
  await backend.dispose();
  const live = await rejectionOf(() => backend.download(survivor));
  if (live !== 'DISPOSED') return `download after the backend was disposed: ${live}`;
  return firstNotThrowing(
    { 'alloc after the backend was disposed': () => backend.alloc('f32', [1]) },
    'DISPOSED',
  );
};

function firstNotThrowing(calls: Record<string, () => unknown>, code: string): string | undefined {
  for (const [name, call] of Object.entries(calls)) {
    try {
      call();
      return `${name}: nothing thrown instead of ${code}`;
    } catch (error) {
      if (codeOf(error) !== code) return `${name}: ${codeOf(error)} instead of ${code}`;
    }
  }
  return undefined;
}

async function rejectionOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return 'no error';
  } catch (error) {
    return codeOf(error);
  }
}
