import type { RmsNormArgs, RmsNormBackwardArgs } from '@bezoar/backend';
import { columnGrid, type OpContext } from './op-context.ts';

export function rmsNorm(context: OpContext, { x, weight, eps, out, rstd }: RmsNormArgs): void {
  const [from, by, to, scale] = [x, weight, out, rstd].map((tensor) => context.address(tensor)) as Four;
  context.launch('rmsNorm', [rstd.size], [from, by, eps, to, scale, weight.size]);
}

export function rmsNormBackward(context: OpContext, args: RmsNormBackwardArgs): void {
  const { x, weight, rstd, dOut, dX, dWeight } = args;
  const [from, scale, slope] = [x, rstd, dOut].map((tensor) => context.address(tensor)) as Four;
  const width = weight.size;
  const pointers = [from, context.address(weight), scale, slope, context.address(dX)];
  context.launch('rmsNormBackward', [rstd.size], [...pointers, width]);
  if (!dWeight) return;
  const sums = [from, scale, slope, context.address(dWeight), rstd.size, width];
  context.launch('rmsNormBackwardWeight', columnGrid(width), sums);
}

type Four = [number, number, number, number];
