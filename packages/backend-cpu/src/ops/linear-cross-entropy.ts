import { checkTargets, type LinearCrossEntropyArgs } from '@bezoar/backend';
import { denseWeight, gemm } from './gemm.ts';
import { addressOrZero, weightArguments, weightShape, type OpContext } from './op-context.ts';

/** Bytes of logits that exist at a time: many rows, so that a weight is unpacked seldom, and no more than fits well. */
const LOGIT_BYTES = 64 * 1024 * 1024;

/**
 * Only rows with a target are computed: they are gathered, multiplied with the weight a chunk at a time, turned into
 * likelihoods and, in place, into gradients of the logits, and what comes of them is scattered back.
 */
export function linearCrossEntropy(context: OpContext, args: LinearCrossEntropyArgs): void {
  const { hidden, weight, gradient } = args;
  const { outputs: vocabulary, inputs: width } = weightShape(weight);
  const targets = context.readI32(args.targets);
  checkTargets('linearCrossEntropy.targets', targets, vocabulary);
  const dHidden = addressOrZero(context, gradient?.dHidden);
  const logProbs = context.address(args.logProbs);
  const correct = addressOrZero(context, args.correct);
  const clear = (address: number, words: number): void => {
    if (address) context.run('bz_copy_words', [0, address, words]);
  };
  clear(logProbs, targets.length);
  clear(correct, targets.length);
  clear(dHidden, hidden.size);

  const rows = Int32Array.from(targets.keys()).filter((row) => targets[row]! >= 0);
  const chunk = Math.min(rows.length, Math.max(16, Math.floor(LOGIT_BYTES / (4 * vocabulary))));
  if (chunk === 0) return;
  // Per row of a chunk: its hidden state, its logits, and its index, target, likelihood, hit and gradient.
  context.scratch(chunk * (width + vocabulary + 5) * 4, (base) => {
    const inputs = { address: base, columns: width };
    const logits = { address: base + chunk * width * 4, columns: vocabulary };
    const small = logits.address + chunk * vocabulary * 4;
    const [index, target, likelihood, hit, slope] = [0, 1, 2, 3, 4].map(
      (i) => small + i * chunk * 4,
    ) as Columns;
    for (let start = 0; start < rows.length; start += chunk) {
      const own = rows.slice(start, start + chunk);
      const m = own.length;
      writeI32(context, index, own);
      writeI32(
        context,
        target,
        own.map((row) => targets[row]!),
      );
      const gather = (source: number, out: number, columns: number): void =>
        context.run('bz_gather_rows', [source, 0, index, out, m, columns]);
      const scatter = (source: number, out: number, columns: number): void => {
        if (out) context.run('bz_scatter_rows', [source, index, out, m, columns]);
      };
      gather(context.address(hidden), inputs.address, width);
      const weightAt = weightArguments(context, weight);
      const { bf16 } = context;
      // A gradient must not depend on how many rows come together.
      const oneChain = gradient !== undefined;
      gemm(context, {
        m,
        n: vocabulary,
        k: width,
        a: inputs,
        b: weightAt,
        bRows: true,
        c: logits,
        bf16,
        oneChain,
      });
      if (gradient) {
        const { dLogProbs } = gradient;
        if (typeof dLogProbs === 'number')
          context.write(slope, new Uint8Array(new Float32Array(m).fill(dLogProbs).buffer));
        else gather(context.address(dLogProbs), slope, 1);
      }
      context.run('bz_cross_entropy', [
        logits.address,
        target,
        likelihood,
        hit,
        gradient ? slope : 0,
        m,
        vocabulary,
      ]);
      scatter(likelihood, logProbs, 1);
      scatter(hit, correct, 1);
      if (gradient?.dWeight) {
        gemm(context, {
          m: vocabulary,
          n: width,
          k: m,
          a: logits,
          aTransposed: true,
          b: denseWeight(inputs),
          bRows: false,
          c: { address: context.address(gradient.dWeight), columns: width },
          accumulate: true,
          bf16,
        });
      }
      if (dHidden) {
        // The chunk's hidden states are no longer needed: their gradients take the place.
        gemm(context, { m, n: width, k: vocabulary, a: logits, b: weightAt, bRows: false, c: inputs, bf16 });
        scatter(inputs.address, dHidden, width);
      }
    }
  });
}

type Columns = [number, number, number, number, number];

function writeI32(context: OpContext, address: number, values: Int32Array): void {
  context.write(address, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
