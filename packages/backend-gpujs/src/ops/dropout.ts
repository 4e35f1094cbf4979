import type { AddNoiseArgs, DropoutArgs } from '@bezoar/backend';
import { dropoutMask, uniformNoise } from './dropout-mask.ts';
import type { OpContext } from './op-context.ts';

export function dropout(context: OpContext, { x, out, dropout: spec }: DropoutArgs): void {
  context.constant(dropoutMask(x.size, spec), (mask) =>
    context.launch({
      kernel: 'dropout',
      sizes: {},
      body: () => 'return x[0][this.thread.x] * mask[0][this.thread.x];',
      threads: [x.size],
      inputs: { x: context.view(x), mask: { slot: mask, columns: x.size } },
      out: context.output(out),
    }),
  );
}

export function addNoise(context: OpContext, { x, scales, out, noise }: AddNoiseArgs): void {
  const width = x.size / scales.size;
  context.constant(uniformNoise(x.size, noise), (unit) =>
    context.launch({
      kernel: 'addNoise',
      sizes: {},
      body: () => `
        const added = Math.fround(scales[0][this.thread.y] * unit[this.thread.y][this.thread.x]);
        return x[this.thread.y][this.thread.x] + added;`,
      threads: [width, scales.size],
      inputs: {
        x: context.view(x, width),
        scales: context.view(scales),
        unit: { slot: unit, columns: width },
      },
      out: context.output(out),
    }),
  );
}
