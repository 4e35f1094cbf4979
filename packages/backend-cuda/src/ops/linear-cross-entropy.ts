import { checkTargets, type LinearCrossEntropyArgs, type Tensor } from '@bezoar/backend';
import { f32Matrix, multiply, weightMatrix } from './gemm.ts';
import { gridOver, weightShape, type OpContext } from './op-context.ts';

/** Bytes of logits that exist at a time: enough rows to occupy the device. */
const LOGIT_BYTES = 256 * 1024 * 1024;

/**
 * Only rows with a target are computed: they are gathered, multiplied with the weight a chunk at a time, turned into
 * likelihoods and, in place, into gradients of the logits, and what comes of them is scattered back.
 */
export function linearCrossEntropy(context: OpContext, args: LinearCrossEntropyArgs): void {
  const { hidden, weight, gradient } = args;
  const { outputs: vocabulary, inputs: width } = weightShape(weight);
  const targets = context.readI32(args.targets);
  checkTargets('linearCrossEntropy.targets', targets, vocabulary);
  const outputs = clearedOutputs(context, args);

  const rows = Int32Array.from(targets.keys()).filter((row) => targets[row]! >= 0);
  const chunk = Math.min(rows.length, Math.max(16, Math.floor(LOGIT_BYTES / (4 * vocabulary))));
  if (chunk === 0) return;
  const b = weightMatrix(context, weight);
  // Per row of a chunk: its hidden state, its logits, and its index, target, likelihood, hit and gradient.
  context.scratch(chunk * (width + vocabulary + 5) * 4, (base) => {
    const logitsAt = base + chunk * width * 4;
    const small = logitsAt + chunk * vocabulary * 4;
    const [index, target, likelihood, hit, slope] = [0, 1, 2, 3, 4].map(
      (i) => small + i * chunk * 4,
    ) as Columns;
    for (let start = 0; start < rows.length; start += chunk) {
      const own = rows.slice(start, start + chunk);
      const m = own.length;
      const inputs = f32Matrix(base, m, width);
      const logits = f32Matrix(logitsAt, m, vocabulary);
      context.write(index, bytesOf(own));
      context.write(target, bytesOf(own.map((row) => targets[row]!)));
      const gather = (source: Tensor, out: number, columns: number): void =>
        context.launch('gatherRows', gridOver(context, m * columns), [
          context.address(source),
          index,
          out,
          m,
          columns,
        ]);
      const scatter = (source: number, out: number, columns: number): void => {
        if (out)
          context.launch('scatterRows', gridOver(context, m * columns), [source, index, out, m, columns]);
      };
      gather(hidden, base, width);
      multiply(context, { form: 'NT', a: inputs, b, c: logitsAt, oneChain: true });
      if (gradient && typeof gradient.dLogProbs !== 'number') gather(gradient.dLogProbs, slope, 1);
      else if (gradient)
        context.write(slope, bytesOf(new Float32Array(m).fill(gradient.dLogProbs as number)));
      const slopes = gradient ? slope : 0;
      context.launch('crossEntropy', [m], [logitsAt, target, likelihood, hit, slopes, vocabulary]);
      scatter(likelihood, outputs.logProbs, 1);
      scatter(hit, outputs.correct, 1);
      if (gradient?.dWeight) {
        const c = context.address(gradient.dWeight);
        multiply(context, { form: 'TN', a: logits, b: inputs, c, accumulate: true });
      }
      if (outputs.dHidden) {
        // The chunk's hidden states are no longer needed: their gradients take the place.
        multiply(context, { form: 'NN', a: logits, b, c: base });
        scatter(base, outputs.dHidden, width);
      }
    }
  });
}

type Columns = [number, number, number, number, number];

/** Addresses of what is written for every row, zeroed; 0 where it is not wanted. */
function clearedOutputs(
  context: OpContext,
  { logProbs, correct, gradient }: LinearCrossEntropyArgs,
): { readonly logProbs: number; readonly correct: number; readonly dHidden: number } {
  const cleared = (tensor: Tensor | undefined): number => {
    if (!tensor) return 0;
    const address = context.output(tensor);
    if (tensor.size > 0) context.zero(address, tensor.size * 4);
    return address;
  };
  return {
    logProbs: cleared(logProbs),
    correct: cleared(correct),
    dHidden: cleared(gradient?.dHidden),
  };
}

function bytesOf(values: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
