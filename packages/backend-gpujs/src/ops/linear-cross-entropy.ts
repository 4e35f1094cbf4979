import { checkTargets, type LinearCrossEntropyArgs } from '@bezoar/backend';
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
    context.scratch(rows * words, (slot) => {
      const logits: View = { slot, columns: words };
      const shared = { logits, targets: context.view(targets) };
      multiply(context, {
        form: 'NT',
        a: context.view(hidden, width),
        b: dense,
        rows,
        columns: words,
        inner: width,
        out: slot,
      });
      context.launch({
        kernel: 'linearCrossEntropy logProbs',
        sizes: { words },
        body: logProbBody,
        threads: [rows],
        inputs: shared,
        out: context.output(logProbs),
      });
      if (correct) {
        context.launch({
          kernel: 'linearCrossEntropy correct',
          sizes: { words },
          body: correctBody,
          threads: [rows],
          inputs: shared,
          out: context.output(correct),
        });
      }
      if (gradient) addGradients(context, { args, gradient, dense, ...shared });
    }),
  );
}

interface Gradients {
  readonly args: LinearCrossEntropyArgs;
  readonly gradient: NonNullable<LinearCrossEntropyArgs['gradient']>;
  readonly dense: View;
  readonly logits: View;
  readonly targets: View;
}

function addGradients(context: OpContext, { args, gradient, dense, logits, targets }: Gradients): void {
  const { hidden, logProbs } = args;
  const { dLogProbs, dHidden, dWeight } = gradient;
  const rows = logProbs.size;
  const words = logits.columns;
  const width = dense.columns;
  const perRow = typeof dLogProbs !== 'number';
  context.scratch(rows * words, (slot) => {
    context.launch({
      kernel: 'linearCrossEntropy dLogits',
      sizes: { perRow },
      body: dLogitsBody,
      threads: [words, rows],
      inputs: {
        logits,
        targets,
        logProbs: context.view(logProbs),
        gradient: perRow ? context.view(dLogProbs) : dLogProbs,
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

/** Thread: row x. The greatest logit is taken out first, so that nothing overflows. */
function logProbBody({ words }: { readonly words: number }): string {
  return `
    const target = targets[0][this.thread.x];
    if (target < 0) { return 0; }
    let greatest = logits[this.thread.x][0];
    for (let word = 1; word < ${words}; word++) { greatest = Math.max(greatest, logits[this.thread.x][word]); }
    let sum = 0;
    for (let word = 0; word < ${words}; word++) { sum += Math.exp(logits[this.thread.x][word] - greatest); }
    return logits[this.thread.x][target] - greatest - Math.log(sum);`;
}

/** Thread: row x. 1 when no word is above the target's logit, and none before it is equal. */
function correctBody({ words }: { readonly words: number }): string {
  return `
    const target = targets[0][this.thread.x];
    if (target < 0) { return 0; }
    const logit = logits[this.thread.x][target];
    let better = 0;
    for (let word = 0; word < ${words}; word++) {
      const other = logits[this.thread.x][word];
      if (other > logit || (other === logit && word < target)) { better += 1; }
    }
    if (better > 0) { return 0; }
    return 1;`;
}

/** g · (onehot − softmax), with softmax = exp(logit − logit of the target + its log-probability). */
function dLogitsBody({ perRow }: { readonly perRow: boolean }): string {
  return `
    const target = targets[0][this.thread.y];
    if (target < 0) { return 0; }
    const total = logits[this.thread.y][target] - logProbs[0][this.thread.y];
    const probability = Math.exp(logits[this.thread.y][this.thread.x] - total);
    let hot = 0;
    if (this.thread.x === target) { hot = 1; }
    return ${perRow ? 'gradient[0][this.thread.y]' : 'gradient'} * (hot - probability);`;
}
