import { plus, times } from '../formulas/linear.ts';
import { bf16Noise, type HostTensor, ints, noise, numbersOf, unset } from '../host-tensor.ts';
import { bf16ToF32, f32ToBf16 } from '../../numeric/bf16.ts';
import type { OpCase } from '../op-case.ts';

const sizes = [1, 7, 64, 1001];

export function elementwiseCases(): OpCase[] {
  return [
    ...sizes.flatMap((size) => (['a', 'b', 'out'] as const).map((target) => add(size, target))),
    ...sizes.map((size) => add(size, 'out', -0.3)),
    ...sizes.flatMap((size) => [fill(size, 'f32'), fill(size, 'i32')]),
    ...sizes.flatMap((size) => [
      copy(size, 'f32', 'bf16'),
      copy(size, 'bf16', 'f32'),
      copy(size, 'bf16', 'bf16'),
      copy(size, 'f32', 'f32'),
    ]),
    specials(),
    ...[[1], [7, 64], [1001, 3, 20]].map(sumOfSquares),
  ];
}

function add(size: number, target: 'a' | 'b' | 'out', scale?: number): OpCase {
  return {
    op: 'add',
    name: `${size} elements${target === 'out' ? '' : `, out is ${target}`}${scale === undefined ? '' : `, scale ${scale}`}`,
    build(rng) {
      const a = noise(rng, [size]);
      const b = noise(rng, [size]);
      return {
        inputs: { a, b, ...(target === 'out' ? { out: unset([size]) } : {}) },
        outputs: [target],
        call: (backend, on) =>
          backend.add({
            ...on.pick('a', 'b'),
            out: on.tensor(target),
            ...(scale === undefined ? {} : { scale }),
          }),
        expected: () => ({ [target]: plus(numbersOf(a), times(numbersOf(b), scale ?? 1)) }),
      };
    },
  };
}

function fill(size: number, dtype: 'f32' | 'i32'): OpCase {
  const value = dtype === 'f32' ? 0.1 : -100;
  return {
    op: 'fill',
    name: `${size} elements, ${dtype}`,
    build: (rng) => ({
      inputs: {
        out: dtype === 'f32' ? noise(rng, [size]) : ints(Array.from({ length: size }, () => rng.int(9))),
      },
      outputs: ['out'],
      anySize: ['out'],
      call: (backend, on) => backend.fill({ ...on.pick('out'), value }),
      expected: () => ({
        out: Array.from({ length: size }, () => (dtype === 'f32' ? Math.fround(value) : value)),
      }),
    }),
  };
}

function copy(size: number, from: 'f32' | 'bf16', to: 'f32' | 'bf16'): OpCase {
  return {
    op: 'copy',
    name: `${size} elements, ${from} to ${to}`,
    build(rng) {
      const make = { f32: noise, bf16: bf16Noise };
      const src = make[from](rng, [size]);
      return {
        inputs: { src, dst: make[to](rng, [size]) },
        outputs: ['dst'],
        call: (backend, on) => backend.copy(on.pick('src', 'dst')),
        expected: () => ({
          dst: to === 'bf16' ? bf16ToF32(f32ToBf16(Float32Array.from(numbersOf(src)))) : numbersOf(src),
        }),
      };
    },
  };
}

/** Ties, carries into the exponent, overflow to infinity, NaNs whose payload lies in the lower half. */
function specials(): OpCase {
  const words = [
    0x3f808000, 0x3f818000, 0x3f80ffff, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7f800001, 0xffc00000,
    0x00008000, 0x80000000,
  ];
  const expected = [1, 1.015625, 1.0078125, Infinity, Infinity, -Infinity, NaN, NaN, 0, -0];
  return {
    op: 'copy',
    name: 'f32 to bf16: ties to even, overflow, NaN',
    build() {
      const src: HostTensor = {
        kind: 'tensor',
        dtype: 'f32',
        shape: [words.length],
        data: new Float32Array(Uint32Array.from(words).buffer),
      };
      return {
        inputs: {
          src,
          dst: { kind: 'tensor', dtype: 'bf16', shape: [words.length], data: new Uint16Array(words.length) },
        },
        outputs: ['dst'],
        call: (backend, on) => backend.copy(on.pick('src', 'dst')),
        expected: () => ({ dst: expected }),
      };
    },
  };
}

function sumOfSquares(lengths: readonly number[]): OpCase {
  const names = lengths.map((_, index) => `tensor${index}`);
  return {
    op: 'sumOfSquares',
    name: `tensors of ${lengths.join(' ')}`,
    build(rng) {
      const tensors = lengths.map((length) => noise(rng, [length]));
      return {
        inputs: {
          ...Object.fromEntries(tensors.map((tensor, index) => [names[index]!, tensor])),
          out: unset([1]),
        },
        outputs: ['out'],
        anySize: names,
        call: (backend, on) =>
          backend.sumOfSquares({ tensors: names.map((name) => on.tensor(name)), ...on.pick('out') }),
        expected: () => ({
          out: [
            tensors.flatMap((tensor) => Array.from(numbersOf(tensor))).reduce((sum, x) => sum + x * x, 0),
          ],
        }),
      };
    },
  };
}
