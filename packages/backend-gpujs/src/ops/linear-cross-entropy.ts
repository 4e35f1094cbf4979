import { checkTargets, type LinearCrossEntropyArgs, type Tensor } from '@bezoar/backend';
import type { Slot } from '../memory/slot.ts';
import { forLanes } from './lanes.ts';
import { mapElements } from './map-elements.ts';
import { multiply } from './matrix.ts';
import { weightShape, type OpContext, type View } from './op-context.ts';
import { withDense } from './weights.ts';

export function linearCrossEntropy(context: OpContext, args: LinearCrossEntropyArgs): void {
  const { hidden, weight, targets, logProbs, correct, gradient } = args;
  const { outputs: words, inputs: width } = weightShape(weight);
  const rows = targets.size;
  const known = context.knownInts(targets);
  if (known) checkTargets('linearCrossEntropy.targets', known, words);
  withDense(context, weight, (dense) =>
    context.scratch(rows * words, (slot) =>
      context.scratch(rows, (totals) => {
        const logits: View = { slot, columns: words };
        multiply(context, {
          form: 'NT',
          a: context.view(hidden, width),
          b: dense,
          rows,
          columns: words,
          inner: width,
          out: slot,
        });
        sumUp(context, { logits, targets, totals, logProbs });
        if (correct) markCorrect(context, { logits, targets, correct });
        if (gradient) addGradients(context, { args, gradient, dense, logits, totals });
      }),
    ),
  );
}

interface Sums {
  readonly logits: View;
  readonly targets: Tensor;
  /** log Σ exp of every row. */
  readonly totals: Slot;
  readonly logProbs: Tensor;
}

function sumUp(context: OpContext, { logits, targets, totals, logProbs }: Sums): void {
  const words = logits.columns;
  const rows = targets.size;
  const fours = context.fours(words);
  context.launch({
    kernel: 'linearCrossEntropy total',
    sizes: { words, fours },
    body: totalBody,
    threads: [rows],
    steps: (2 * words) / (fours ? 4 : 1),
    inputs: { logits: { ...logits, fours } },
    out: totals,
  });
  context.launch({
    kernel: 'linearCrossEntropy logProbs',
    sizes: {},
    body: () => `
      const target = targets[0][this.thread.x];
      if (target < 0) { return 0; }
      return logits[this.thread.x][target] - totals[0][this.thread.x];`,
    threads: [rows],
    inputs: { logits, targets: context.view(targets), totals: { slot: totals, columns: rows } },
    out: context.output(logProbs),
  });
}

/** Thread: row x. The greatest logit is taken out first, so that nothing overflows. */
function totalBody({ words, fours }: { readonly words: number; readonly fours: boolean }): string {
  const loop = (body: (lane: string) => string): string => `
    for (let word = 0; word < ${fours ? words / 4 : words}; word++) {
      const logit = logits[this.thread.x][word];
      ${forLanes(fours, (lane) => body(`logit${lane}`))}
    }`;
  return `
    let greatest = -3e38;
    ${loop((logit) => `greatest = Math.max(greatest, ${logit});`)}
    let sum = 0;
    ${loop((logit) => `sum += Math.exp(${logit} - greatest);`)}
    return greatest + Math.log(sum);`;
}

interface Marks {
  readonly logits: View;
  readonly targets: Tensor;
  readonly correct: Tensor;
}

/** Thread: row x. 1 when no word is above the target's logit, and none before it is equal. */
function markCorrect(context: OpContext, { logits, targets, correct }: Marks): void {
  context.launch({
    kernel: 'linearCrossEntropy correct',
    sizes: { words: logits.columns },
    body: ({ words }) => `
      const target = targets[0][this.thread.x];
      if (target < 0) { return 0; }
      const logit = logits[this.thread.x][target];
      let better = 0;
      for (let word = 0; word < ${words}; word++) {
        const other = logits[this.thread.x][word];
        if (other > logit || (other === logit && word < target)) { better += 1; }
      }
      if (better > 0) { return 0; }
      return 1;`,
    threads: [targets.size],
    steps: logits.columns,
    inputs: { logits, targets: context.view(targets) },
    out: context.output(correct),
  });
}

interface Gradients {
  readonly args: LinearCrossEntropyArgs;
  readonly gradient: NonNullable<LinearCrossEntropyArgs['gradient']>;
  readonly dense: View;
  readonly logits: View;
  readonly totals: Slot;
}

function addGradients(context: OpContext, { args, gradient, dense, logits, totals }: Gradients): void {
  const { hidden, targets } = args;
  const { dLogProbs, dHidden, dWeight } = gradient;
  const rows = targets.size;
  const words = logits.columns;
  const width = dense.columns;
  context.scratch(rows * words, (slot) => {
    const perRow = typeof dLogProbs === 'number' ? {} : { g: dLogProbs };
    mapElements(context, {
      kernel: `linearCrossEntropy dLogits${'g' in perRow ? ' by row' : ''}`,
      rows,
      columns: words,
      elements: { logits: logits.slot },
      perRow: { targets, totals, ...perRow },
      numbers: typeof dLogProbs === 'number' ? { g: dLogProbs } : {},
      formula(at) {
        const hot = `(${at.targets} === ${at.column} ? 1 : 0)`;
        return `(${at.targets} < 0 ? 0 : ${at.g} * (${hot} - Math.exp(${at.logits} - ${at.totals})))`;
      },
      out: slot,
    });
    const dLogits: View = { slot, columns: words };
    if (dHidden) {
      multiply(context, {
        form: 'NN',
        a: dLogits,
        b: dense,
        rows,
        columns: width,
        inner: words,
        out: context.output(dHidden),
      });
    }
    if (!dWeight) return;
    multiply(context, {
      form: 'TN',
      a: dLogits,
      b: context.view(hidden, width),
      rows: words,
      columns: width,
      inner: rows,
      plus: context.view(dWeight, width),
      out: context.output(dWeight),
    });
  });
}
