import { moduleRank, savesModule, selectsModule } from '@bezoar/formats';
import { parameterSpecs, type LoraConfig, type ModelConfig } from '@bezoar/model';

export interface TrainingFlopsOptions {
  readonly config: ModelConfig;
  /** What learns; without it every weight does. */
  readonly adapter?: LoraConfig | undefined;
  /** Tokens of a sequence: what attention costs depends on it. */
  readonly length: number;
  /** Activations are computed a second time. False by default. */
  readonly gradientCheckpointing?: boolean | undefined;
}

/** Floating-point operations for one token. */
export interface TrainingFlops {
  /** Of a pass that scores. */
  readonly forward: number;
  /** Of a pass that learns: forward and backward. */
  readonly step: number;
}

/**
 * What training computes, counted by its matrix products: 2 FLOP for every weight and token forward, as much again for the gradient of
 * what comes in, and as much for the gradient of the weights that learn (Kaplan et al. 2020, appendix). With an adapter the weights of the base
 * need none of the last, so a step is about a third cheaper than full fine-tuning. Causal attention counts at half, its backward pass, which
 * computes the weights anew, at 2.5 times its forward pass.
 */
export function trainingFlops(options: TrainingFlopsOptions): TrainingFlops {
  const { config, adapter, length, gradientCheckpointing = false } = options;
  const { vocabSize, hiddenSize, numLayers, numHeads, headDim } = config;
  const head = vocabSize * hiddenSize;
  let layers = 0;
  let adapted = 0;
  let saved = 0;
  for (const { name, shape, role } of parameterSpecs(config)) {
    if (role !== 'linear') continue;
    const [outputs = 0, inputs = 0] = shape;
    const module = name.replace(/\.weight$/, '');
    layers += outputs * inputs;
    if (adapter === undefined) continue;
    if (savesModule(adapter, module)) saved += outputs * inputs;
    else if (selectsModule(adapter, module)) adapted += moduleRank(adapter, module) * (outputs + inputs);
  }
  const attention = 2 * numLayers * numHeads * headDim * length;
  const learnt = adapter === undefined ? layers + head : saved;
  const forward = 2 * (layers + head + adapted) + attention;
  const backward = 2 * (layers + head) + 4 * adapted + 2.5 * attention + 2 * learnt;
  const again = gradientCheckpointing ? 2 * (layers + adapted) + attention : 0;
  return { forward, step: forward + backward + again };
}
