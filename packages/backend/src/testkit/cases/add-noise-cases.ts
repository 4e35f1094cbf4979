import type { NoiseSpec } from '../../contract/ops.ts';
import { philox4x32 } from '../../numeric/philox.ts';
import { floats, noise, numbersOf, unset } from '../host-tensor.ts';
import type { OpCase } from '../op-case.ts';

const specs: readonly NoiseSpec[] = [
  { seed: 0, stream: 0 },
  { seed: 4294967295, stream: 4294967295 },
  { seed: 123456789, stream: 7 },
];

/** Rows as wide as a vector, wider, narrower, and of odd sizes, so that vectors of words straddle rows. */
const sizes = [
  [1, 1],
  [3, 5],
  [5, 3],
  [7, 64],
  [9, 1001],
  [40, 256],
] as const;

export function addNoiseCases(): OpCase[] {
  return sizes.flatMap(([rows, width], index) => {
    const spec = specs[index % specs.length]!;
    return [addNoise({ rows, width, spec, inPlace: false }), addNoise({ rows, width, spec, inPlace: true })];
  });
}

interface Variant {
  readonly rows: number;
  readonly width: number;
  readonly spec: NoiseSpec;
  readonly inPlace: boolean;
}

function addNoise({ rows, width, spec, inPlace }: Variant): OpCase {
  return {
    op: 'addNoise',
    name: `${rows}×${width}, seed ${spec.seed}${inPlace ? ', in place' : ''}`,
    build(rng) {
      const x = noise(rng, [rows, width]);
      const scales = floats(
        [rows],
        Array.from({ length: rows }, () => 0.1 + rng.next()),
      );
      const out = inPlace ? 'x' : 'out';
      return {
        inputs: inPlace ? { x, scales } : { x, scales, out: unset([rows, width]) },
        outputs: [out],
        call: (backend, on) =>
          backend.addNoise({ ...on.pick('x', 'scales'), out: on.tensor(out), noise: spec }),
        expected() {
          const scale = numbersOf(scales);
          const sums = numbersOf(x).map((value, i) => {
            const word = philox4x32([Math.floor(i / 4), spec.stream, 0, 0], [spec.seed, 0])[i % 4]!;
            const unit = Math.floor(word / 256) / 8388608 - 1;
            return Math.fround(value + Math.fround(scale[Math.floor(i / width)]! * unit));
          });
          return { [out]: sums };
        },
      };
    },
  };
}
