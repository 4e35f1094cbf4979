import type { AddNoiseArgs, DropoutArgs } from '@bezoar/backend';
import { dropoutMask, uniformNoise } from './dropout-mask.ts';
import { mapElements } from './map-elements.ts';
import type { OpContext } from './op-context.ts';

export function dropout(context: OpContext, { x, out, dropout: spec }: DropoutArgs): void {
  context.constant(dropoutMask(x.size, spec), (mask) =>
    mapElements(context, {
      kernel: 'dropout',
      rows: 1,
      columns: x.size,
      elements: { x, mask },
      formula: (at) => `${at.x} * ${at.mask}`,
      out: context.output(out),
    }),
  );
}

export function addNoise(context: OpContext, { x, scales, out, noise }: AddNoiseArgs): void {
  context.constant(uniformNoise(x.size, noise), (unit) =>
    mapElements(context, {
      kernel: 'addNoise',
      rows: scales.size,
      columns: x.size / scales.size,
      elements: { x, unit },
      perRow: { scales },
      formula: (at) => `${at.x} + Math.fround(${at.scales} * ${at.unit})`,
      out: context.output(out),
    }),
  );
}
