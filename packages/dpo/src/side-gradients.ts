import {
  backward,
  createTokenBatch,
  forward,
  headGradient,
  meanLogits,
  type CausalLM,
  type Workspace,
} from '@bezoar/model';
import type { Trainable } from '@bezoar/qlora';
import type { EncodedSide } from './encode-side.ts';
import { completionRange, foldSide, type SideScore } from './side-score.ts';

export interface SideGradientOptions {
  readonly model: CausalLM;
  readonly trainable: Trainable;
  readonly workspace: Workspace;
  readonly gradientCheckpointing: boolean;
  /** One micro-batch. */
  readonly sides: readonly EncodedSide[];
  /** From what the policy says about the sides to the derivatives of the loss, one for each side. */
  readonly derivatives: (scores: readonly SideScore[]) => readonly SideDerivative[];
}

export interface SideDerivative {
  /** ∂loss/∂`logProb` */
  readonly completion: number;
  /** ∂loss/∂`labelsLogProb`; 0 by default. */
  readonly labels?: number;
}

/**
 * Adds the gradient of a loss that is a function of sequence log-probabilities. The policy runs once, without dropout: its
 * log-probabilities come to the host, the loss sends back its derivatives, and the output layer is computed a second time to apply
 * them. Returns the number of tokens that went through the model.
 */
export async function addSideGradients(options: SideGradientOptions): Promise<number> {
  const { model, trainable, workspace, gradientCheckpointing, sides, derivatives } = options;
  const { backend } = model;
  const batch = createTokenBatch({
    backend,
    sequences: sides,
    vocabSize: model.config.vocabSize,
    maxPositions: model.config.maxPositionEmbeddings,
  });
  const pass = forward({
    model,
    batch,
    workspace,
    keep: gradientCheckpointing ? 'layer-inputs' : 'everything',
  });
  const logProbs = workspace.take('f32', [batch.tokens]);
  const correct = workspace.take('i32', [batch.tokens]);
  const output = { hidden: pass.hidden, weight: model.lmHead, targets: batch.targets, logProbs, correct };
  backend.linearCrossEntropy(output);
  const logits = meanLogits({ model, hidden: pass.hidden, workspace });
  const values = {
    logProbs: await backend.download(logProbs),
    correct: await backend.download(correct),
    meanLogits: await backend.download(logits),
  };

  const starts = startsOf(sides);
  const scores = sides.map((side, index) => {
    const range = [starts[index]!, starts[index]! + side.tokens.length] as const;
    return foldSide(side, {
      logProbs: values.logProbs.subarray(...range),
      correct: values.correct.subarray(...range),
      meanLogits: values.meanLogits.subarray(...range),
    });
  });
  const slopes = new Float32Array(batch.tokens);
  derivatives(scores).forEach(({ completion, labels = 0 }, index) => {
    const side = sides[index]!;
    const start = starts[index]!;
    const [first, last] = completionRange(side);
    slopes.fill(labels, start, start + side.tokens.length);
    slopes.fill(labels + completion, start + first, start + last);
  });

  const dLogProbs = backend.upload('f32', [batch.tokens], slopes);
  const dHidden = workspace.take('f32', pass.hidden.shape);
  const gradient = { dLogProbs, dHidden, ...headGradient(model, trainable.gradients) };
  backend.linearCrossEntropy({ ...output, gradient });
  backward({ pass, batch, dHidden, gradients: trainable.gradients });
  dLogProbs.dispose();
  workspace.release(logProbs, correct, logits, dHidden);
  workspace.endPass();
  batch.dispose();
  return sides.reduce((sum, { tokens }) => sum + tokens.length, 0);
}

function startsOf(sides: readonly EncodedSide[]): number[] {
  let offset = 0;
  return sides.map(({ tokens }) => {
    const start = offset;
    offset += tokens.length;
    return start;
  });
}
