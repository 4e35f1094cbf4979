import type { LoraBackwardArgs, LoraForwardArgs } from '../contract/ops.ts';
import { dropoutFactors, dropped } from './dropout.ts';
import type { HostMemory } from './host-memory.ts';
import { multiply, multiplyTransposed, transposedMultiply } from './matrix.ts';

export function loraForward(memory: HostMemory, args: LoraForwardArgs): void {
  const inputs = args.a.shape.at(-1)!;
  const rank = args.b.shape.at(-1)!;
  const u = memory.f32(args.u);
  const out = memory.f32(args.out);
  u.set(multiplyTransposed(dropped(memory.f32(args.x), args.dropout), memory.f32(args.a), inputs));
  const update = multiplyTransposed(u, memory.f32(args.b), rank);
  for (let i = 0; i < out.length; i++) out[i]! += args.scale * update[i]!;
}

export function loraBackward(memory: HostMemory, args: LoraBackwardArgs): void {
  const inputs = args.a.shape.at(-1)!;
  const rank = args.b.shape.at(-1)!;
  const outputs = args.b.size / rank;
  const x = memory.f32(args.x);
  const dOut = memory.f32(args.dOut);

  const dB = memory.f32(args.dB);
  const bGradient = transposedMultiply(dOut, memory.f32(args.u), { rows: outputs, columns: rank });
  for (let i = 0; i < dB.length; i++) dB[i]! += args.scale * bGradient[i]!;

  const dU = multiply(dOut, memory.f32(args.b), rank).map((value) => args.scale * value);
  const dA = memory.f32(args.dA);
  const aGradient = transposedMultiply(dU, dropped(x, args.dropout), { rows: rank, columns: inputs });
  for (let i = 0; i < dA.length; i++) dA[i]! += aGradient[i]!;

  if (!args.dX) return;
  const dX = memory.f32(args.dX);
  const factors = args.dropout ? dropoutFactors(x.length, args.dropout) : undefined;
  const xGradient = multiply(dU, memory.f32(args.a), inputs);
  for (let i = 0; i < dX.length; i++) dX[i]! += xGradient[i]! * (factors ? factors[i]! : 1);
}
