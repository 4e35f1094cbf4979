/** gate/(1 + e^−gate) · up. */
export function swigluFormula(gate: Float64Array, up: Float64Array): Float64Array {
  return gate.map((z, i) => (z / (1 + Math.exp(-z))) * up[i]!);
}
