import type { DropoutSpec } from '../../contract/ops.ts';
import { philox4x32 } from '../../numeric/philox.ts';

/** Element i alone: no state, no neighbours. */
export function dropoutFormula(x: Float64Array, spec: DropoutSpec | undefined): Float64Array {
  if (!spec) return x;
  return x.map((value, i) => {
    const word = philox4x32([Math.floor(i / 4), spec.stream, 0, 0], [spec.seed, 0])[i % 4]!;
    return word >= spec.probability * 2 ** 32 ? value / (1 - spec.probability) : 0;
  });
}
