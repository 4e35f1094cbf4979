import type { RmsNormArgs, RmsNormBackwardArgs } from '@bezoar/backend';
import { addColumnSums } from './column-sums.ts';
import type { OpContext } from './op-context.ts';

export function rmsNorm(context: OpContext, { x, weight, eps, out, rstd }: RmsNormArgs): void {
  const width = weight.size;
  const rows = rstd.size;
  context.launch({
    kernel: 'rmsNorm rstd',
    sizes: { width },
    body: (sizes) => `
      let squares = 0;
      for (let i = 0; i < ${sizes.width}; i++) {
        const value = x[this.thread.x][i];
        squares += value * value;
      }
      return 1 / Math.sqrt(squares / ${sizes.width} + eps);`,
    threads: [rows],
    inputs: { x: context.view(x, width), eps },
    out: context.output(rstd),
  });
  context.launch({
    kernel: 'rmsNorm out',
    sizes: {},
    body: () => 'return x[this.thread.y][this.thread.x] * rstd[0][this.thread.y] * weight[0][this.thread.x];',
    threads: [width, rows],
    inputs: { x: context.view(x, width), rstd: context.view(rstd), weight: context.view(weight) },
    out: context.output(out),
  });
}

export function rmsNormBackward(context: OpContext, args: RmsNormBackwardArgs): void {
  const { x, weight, rstd, dOut, dX, dWeight } = args;
  const width = weight.size;
  const rows = rstd.size;
  const views = {
    x: context.view(x, width),
    rstd: context.view(rstd),
    weight: context.view(weight),
    dOut: context.view(dOut, width),
  };
  context.scratch(rows, (pull) => {
    context.launch({
      kernel: 'rmsNormBackward pull',
      sizes: { width },
      body: (sizes) => `
        let projection = 0;
        for (let i = 0; i < ${sizes.width}; i++) {
          projection += dOut[this.thread.x][i] * weight[0][i] * x[this.thread.x][i];
        }
        const scale = rstd[0][this.thread.x];
        return scale * scale * projection / ${sizes.width};`,
      threads: [rows],
      inputs: views,
      out: pull,
    });
    context.launch({
      kernel: 'rmsNormBackward dX',
      sizes: {},
      body: () => `
        const g = dOut[this.thread.y][this.thread.x] * weight[0][this.thread.x];
        const pulled = x[this.thread.y][this.thread.x] * pull[0][this.thread.y];
        return dX[this.thread.y][this.thread.x] + rstd[0][this.thread.y] * (g - pulled);`,
      threads: [width, rows],
      inputs: { ...views, pull: { slot: pull, columns: rows }, dX: context.view(dX, width) },
      out: context.output(dX),
    });
  });
  if (!dWeight) return;
  addColumnSums(context, {
    kernel: 'rmsNormBackward dWeight',
    rows,
    term: 'dOut[t][this.thread.x] * x[t][this.thread.x] * rstd[0][t]',
    inputs: { dOut: views.dOut, x: views.x, rstd: views.rstd },
    into: dWeight,
  });
}
