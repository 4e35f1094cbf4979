import {
  adamWCoefficients,
  type AdamW8bitArgs,
  type AdamWArgs,
  type SumOfSquaresArgs,
} from '@bezoar/backend';
import { gridOver, type OpContext } from './op-context.ts';

/** Elements that a block sums, and the most blocks per tensor: the order of the sum depends on nothing else. */
const [SHARE, MOST_BLOCKS] = [4096, 1024];

/** out[0] = Σ x²: every block's sum in f64, then the sum of those. */
export function sumOfSquares(context: OpContext, { tensors, out }: SumOfSquaresArgs): void {
  const blocks = tensors.map(({ size }) => Math.min(Math.ceil(size / SHARE), MOST_BLOCKS));
  const count = blocks.reduce((sum, more) => sum + more, 0);
  context.scratch(count * 8, (partials) => {
    let at = partials;
    for (const [index, tensor] of tensors.entries()) {
      context.launch('sumOfSquares', [blocks[index]!], [context.address(tensor), tensor.size, at]);
      at += blocks[index]! * 8;
    }
    context.launch('sumPartials', [1], [partials, count, context.address(out)]);
  });
}

export function adamW(context: OpContext, args: AdamWArgs): void {
  const { param, grad, m, v } = args;
  const pointers = [param, grad, m, v].map((tensor) => context.address(tensor));
  context.launch('adamW', gridOver(context, param.size), [
    ...pointers,
    param.size,
    ...adamWCoefficients(args),
  ]);
}

/** Elements that share a scale: MOMENT_BLOCK of kernels/optimizer.cu. */
const MOMENT_BLOCK = 256;

export function adamW8bit(context: OpContext, args: AdamW8bitArgs): void {
  const { param, grad, mCodes, mAbsmax, vCodes, vAbsmax } = args;
  const { signed, signedZero, unsigned } = context.dynamicMaps;
  const tensors = [param, grad, mCodes, mAbsmax, vCodes, vAbsmax].map((tensor) => context.address(tensor));
  context.launch(
    'adamW8bit',
    [Math.ceil(param.size / MOMENT_BLOCK)],
    [...tensors, signed, signedZero, unsigned, param.size, ...adamWCoefficients(args)],
  );
}
