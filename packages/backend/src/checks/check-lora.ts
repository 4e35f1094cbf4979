import type { LoraBackwardArgs, LoraForwardArgs } from '../contract/ops.ts';
import { requireDropout } from './check-dropout.ts';
import {
  failAt,
  describeTensor,
  matrixSize,
  requireDistinct,
  requireF32,
  requireFinite,
  requireRows,
} from './require.ts';

type Adapter = Pick<LoraForwardArgs, 'x' | 'a' | 'b' | 'u' | 'scale' | 'dropout'>;

export function checkLoraForward(args: LoraForwardArgs): void {
  const { x, a, b, u, out } = args;
  const { tokens, outputs } = checkAdapter('loraForward', args);
  requireF32('loraForward.out', out, tokens * outputs);
  requireDistinct('loraForward', { u, out }, { x, a, b });
}

export function checkLoraBackward(args: LoraBackwardArgs): void {
  const { x, u, a, b, dOut, dA, dB, dX } = args;
  const { tokens, outputs } = checkAdapter('loraBackward', args);
  requireF32('loraBackward.dOut', dOut, tokens * outputs);
  requireF32('loraBackward.dA', dA, a.size);
  requireF32('loraBackward.dB', dB, b.size);
  if (dX) requireF32('loraBackward.dX', dX, x.size);
  requireDistinct('loraBackward', { dA, dB, dX }, { x, u, a, b, dOut });
}

function checkAdapter(
  op: string,
  { x, a, b, u, scale, dropout }: Adapter,
): { tokens: number; outputs: number } {
  requireF32(`${op}.a`, a);
  requireF32(`${op}.b`, b);
  const { rows: rank, columns: inputs } = matrixSize(`${op}.a`, a);
  const { rows: outputs, columns: rankOfB } = matrixSize(`${op}.b`, b);
  if (rankOfB !== rank)
    failAt(`${op}.b`, describeTensor(b), `a matrix [out, ${rank}], because a has ${rank} rows`);
  requireF32(`${op}.x`, x);
  const tokens = requireRows(`${op}.x`, x, inputs);
  requireF32(`${op}.u`, u, tokens * rank);
  requireFinite(`${op}.scale`, scale);
  if (dropout) requireDropout(`${op}.dropout`, dropout);
  return { tokens, outputs };
}
