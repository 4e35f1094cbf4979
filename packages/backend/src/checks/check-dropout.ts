import type { DropoutArgs, DropoutSpec } from '../contract/ops.ts';
import { failAt, requireF32 } from './require.ts';

export function checkDropout({ x, out, dropout }: DropoutArgs): void {
  requireF32('dropout.x', x);
  requireF32('dropout.out', out, x.size);
  requireDropout('dropout.dropout', dropout);
}

export function requireDropout(place: string, { probability, seed, stream }: DropoutSpec): void {
  if (!(probability >= 0 && probability < 1))
    failAt(`${place}.probability`, String(probability), 'at least 0 and below 1');
  if (seed !== seed >>> 0) failAt(`${place}.seed`, String(seed), 'an unsigned 32-bit integer');
  if (stream !== stream >>> 0) failAt(`${place}.stream`, String(stream), 'an unsigned 32-bit integer');
}
