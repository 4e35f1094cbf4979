import type { DropoutArgs, DropoutSpec } from '../contract/ops.ts';
import { failAt, requireF32, requireU32 } from './require.ts';

export function checkDropout({ x, out, dropout }: DropoutArgs): void {
  requireF32('dropout.x', x);
  requireF32('dropout.out', out, x.size);
  requireDropout('dropout.dropout', dropout);
}

export function requireDropout(place: string, { probability, seed, stream }: DropoutSpec): void {
  if (!(probability >= 0 && probability < 1))
    failAt(`${place}.probability`, String(probability), 'at least 0 and below 1');
  requireU32(`${place}.seed`, seed);
  requireU32(`${place}.stream`, stream);
}
