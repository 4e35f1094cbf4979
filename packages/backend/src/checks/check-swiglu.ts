import type { SwigluArgs, SwigluBackwardArgs } from '../contract/ops.ts';
import { requireDistinct, requireF32 } from './require.ts';

export function checkSwiglu({ gate, up, out }: SwigluArgs): void {
  requireF32('swiglu.gate', gate);
  requireF32('swiglu.up', up, gate.size);
  requireF32('swiglu.out', out, gate.size);
}

export function checkSwigluBackward({ gate, up, dOut, dGate, dUp }: SwigluBackwardArgs): void {
  requireF32('swigluBackward.gate', gate);
  requireF32('swigluBackward.up', up, gate.size);
  requireF32('swigluBackward.dOut', dOut, gate.size);
  requireF32('swigluBackward.dGate', dGate, gate.size);
  requireF32('swigluBackward.dUp', dUp, gate.size);
  requireDistinct('swigluBackward', { dGate }, { up, dOut });
  requireDistinct('swigluBackward', { dUp }, { gate, dOut, dGate });
}
