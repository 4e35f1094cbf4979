import type { RmsNormArgs, RmsNormBackwardArgs } from '../contract/ops.ts';
import type { HostMemory } from './host-memory.ts';

export function rmsNorm(memory: HostMemory, args: RmsNormArgs): void {
  const x = memory.f32(args.x);
  const weight = memory.f32(args.weight);
  const out = memory.f32(args.out);
  const rstd = memory.f32(args.rstd);
  const width = weight.length;
  for (let n = 0; n < rstd.length; n++) {
    let squares = 0;
    for (let i = 0; i < width; i++) squares += x[n * width + i]! ** 2;
    const scale = 1 / Math.sqrt(squares / width + args.eps);
    rstd[n] = scale;
    for (let i = 0; i < width; i++) out[n * width + i] = x[n * width + i]! * scale * weight[i]!;
  }
}

export function rmsNormBackward(memory: HostMemory, args: RmsNormBackwardArgs): void {
  const x = memory.f32(args.x);
  const weight = memory.f32(args.weight);
  const rstd = memory.f32(args.rstd);
  const dOut = memory.f32(args.dOut);
  const dX = memory.f32(args.dX);
  const width = weight.length;
  const weightGradient = new Float64Array(width);
  for (let n = 0; n < rstd.length; n++) {
    const row = n * width;
    const scale = rstd[n]!;
    let projection = 0;
    for (let i = 0; i < width; i++) projection += dOut[row + i]! * weight[i]! * x[row + i]!;
    const pull = (scale * scale * projection) / width;
    for (let i = 0; i < width; i++) {
      dX[row + i]! += scale * (dOut[row + i]! * weight[i]! - x[row + i]! * pull);
      weightGradient[i]! += dOut[row + i]! * x[row + i]! * scale;
    }
  }
  if (!args.dWeight) return;
  const dWeight = memory.f32(args.dWeight);
  for (let i = 0; i < width; i++) dWeight[i]! += weightGradient[i]!;
}
