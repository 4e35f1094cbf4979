import type { RmsNormArgs, RmsNormBackwardArgs } from '@bezoar/backend';
import { addColumnSums } from './column-sums.ts';
import { mapElements } from './map-elements.ts';
import type { OpContext } from './op-context.ts';
import { sumText } from './sum-text.ts';

interface RowSizes {
  readonly width: number;
  readonly fours: boolean;
}

export function rmsNorm(context: OpContext, { x, weight, eps, out, rstd }: RmsNormArgs): void {
  const width = weight.size;
  const rows = rstd.size;
  const fours = context.fours(width);
  context.launch({
    kernel: 'rmsNorm rstd',
    sizes: { width, fours },
    body: rstdBody,
    threads: [rows],
    steps: fours ? width / 4 : width,
    inputs: { x: { ...context.view(x, width), fours }, eps },
    out: context.output(rstd),
  });
  mapElements(context, {
    kernel: 'rmsNorm out',
    rows,
    columns: width,
    elements: { x },
    perColumn: { weight },
    perRow: { rstd },
    formula: (at) => `${at.x} * ${at.rstd} * ${at.weight}`,
    out: context.output(out),
  });
}

function rstdBody({ width, fours }: RowSizes): string {
  return `
    let squares = 0;
    ${sumText({ into: 'squares', count: width, fours, rows: { x: ['x[this.thread.x]'] }, term: (at) => `${at.x} * ${at.x}` })}
    return 1 / Math.sqrt(squares / ${width} + eps);`;
}

export function rmsNormBackward(context: OpContext, args: RmsNormBackwardArgs): void {
  const { x, weight, rstd, dOut, dX, dWeight } = args;
  const width = weight.size;
  const rows = rstd.size;
  const fours = context.fours(width);
  context.scratch(rows, (pull) => {
    context.launch({
      kernel: 'rmsNormBackward pull',
      sizes: { width, fours },
      body: pullBody,
      threads: [rows],
      steps: fours ? width / 4 : width,
      inputs: {
        x: { ...context.view(x, width), fours },
        weight: { ...context.view(weight), fours },
        dOut: { ...context.view(dOut, width), fours },
        rstd: context.view(rstd),
      },
      out: pull,
    });
    mapElements(context, {
      kernel: 'rmsNormBackward dX',
      rows,
      columns: width,
      elements: { x, dOut, dX },
      perColumn: { weight },
      perRow: { rstd, pull },
      formula: (at) => `${at.dX} + ${at.rstd} * (${at.dOut} * ${at.weight} - ${at.x} * ${at.pull})`,
      out: context.output(dX),
    });
  });
  if (!dWeight) return;
  addColumnSums(context, {
    kernel: 'rmsNormBackward dWeight',
    rows,
    term: 'dOut[t][this.thread.x] * x[t][this.thread.x] * rstd[0][t]',
    inputs: { dOut: context.view(dOut, width), x: context.view(x, width), rstd: context.view(rstd) },
    into: dWeight,
  });
}

function pullBody({ width, fours }: RowSizes): string {
  return `
    let projection = 0;
    ${sumText({
      into: 'projection',
      count: width,
      fours,
      rows: { x: ['x[this.thread.x]'], weight: ['weight[0]'], dOut: ['dOut[this.thread.x]'] },
      term: (at) => `${at.dOut} * ${at.weight} * ${at.x}`,
    })}
    const scale = rstd[0][this.thread.x];
    return scale * scale * projection / ${width};`;
}
