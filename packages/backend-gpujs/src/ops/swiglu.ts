import type { SwigluArgs, SwigluBackwardArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

export function swiglu(context: OpContext, { gate, up, out }: SwigluArgs): void {
  context.launch({
    kernel: 'swiglu',
    sizes: {},
    body: () => `
      const z = gate[0][this.thread.x];
      return z / (1 + Math.exp(-z)) * up[0][this.thread.x];`,
    threads: [out.size],
    inputs: { gate: context.view(gate), up: context.view(up) },
    out: context.output(out),
  });
}

export function swigluBackward(context: OpContext, { gate, up, dOut, dGate, dUp }: SwigluBackwardArgs): void {
  const inputs = { gate: context.view(gate), up: context.view(up), dOut: context.view(dOut) };
  // dGate may be gate: what dUp needs of it is kept first.
  context.scratch(gate.size, (kept) => {
    context.launch({
      kernel: 'swigluBackward dUp',
      sizes: {},
      body: () => `
        const z = gate[0][this.thread.x];
        return dOut[0][this.thread.x] * z / (1 + Math.exp(-z));`,
      threads: [gate.size],
      inputs: { gate: inputs.gate, dOut: inputs.dOut },
      out: kept,
    });
    context.launch({
      kernel: 'swigluBackward dGate',
      sizes: {},
      body: () => `
        const z = gate[0][this.thread.x];
        const sigma = 1 / (1 + Math.exp(-z));
        return dOut[0][this.thread.x] * up[0][this.thread.x] * sigma * (1 + z * (1 - sigma));`,
      threads: [gate.size],
      inputs,
      out: context.output(dGate),
    });
    context.share(kept, context.output(dUp));
  });
}
