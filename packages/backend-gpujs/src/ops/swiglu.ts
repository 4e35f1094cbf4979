import type { SwigluArgs, SwigluBackwardArgs } from '@bezoar/backend';
import { mapElements } from './map-elements.ts';
import type { OpContext } from './op-context.ts';

export function swiglu(context: OpContext, { gate, up, out }: SwigluArgs): void {
  mapElements(context, {
    kernel: 'swiglu',
    rows: 1,
    columns: gate.size,
    elements: { gate, up },
    formula: (at) => `${at.gate} / (1 + Math.exp(-${at.gate})) * ${at.up}`,
    out: context.output(out),
  });
}

export function swigluBackward(context: OpContext, { gate, up, dOut, dGate, dUp }: SwigluBackwardArgs): void {
  const flat = { rows: 1, columns: gate.size } as const;
  // dGate may be gate, and dUp up: what dUp needs is kept until both are read.
  context.scratch(gate.size, (kept) => {
    mapElements(context, {
      ...flat,
      kernel: 'swigluBackward dUp',
      elements: { gate, dOut },
      formula: (at) => `${at.dOut} * ${at.gate} / (1 + Math.exp(-${at.gate}))`,
      out: kept,
    });
    mapElements(context, {
      ...flat,
      kernel: 'swigluBackward dGate',
      elements: { gate, up, dOut },
      formula(at) {
        const sigma = `(1 / (1 + Math.exp(-${at.gate})))`;
        return `${at.dOut} * ${at.up} * ${sigma} * (1 + ${at.gate} * (1 - ${sigma}))`;
      },
      out: context.output(dGate),
    });
    context.share(kept, context.output(dUp));
  });
}
