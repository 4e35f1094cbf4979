import type { SwigluArgs, SwigluBackwardArgs } from '../contract/ops.ts';
import type { HostMemory } from './host-memory.ts';

export function swiglu(memory: HostMemory, args: SwigluArgs): void {
  const gate = memory.f32(args.gate);
  const up = memory.f32(args.up);
  const out = memory.f32(args.out);
  for (let i = 0; i < out.length; i++) out[i] = gate[i]! * sigmoid(gate[i]!) * up[i]!;
}

export function swigluBackward(memory: HostMemory, args: SwigluBackwardArgs): void {
  const gate = memory.f32(args.gate);
  const up = memory.f32(args.up);
  const dOut = memory.f32(args.dOut);
  const dGate = memory.f32(args.dGate);
  const dUp = memory.f32(args.dUp);
  for (let i = 0; i < gate.length; i++) {
    const z = gate[i]!;
    const sigma = sigmoid(z);
    const gateGradient = dOut[i]! * up[i]! * sigma * (1 + z * (1 - sigma));
    const upGradient = dOut[i]! * z * sigma;
    dGate[i] = gateGradient;
    dUp[i] = upGradient;
  }
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}
