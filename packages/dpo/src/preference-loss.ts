/**
 * Preference losses on sequence log-probabilities, as host functions with their derivatives.
 * δ_c = logπ(chosen) − log ref(chosen), δ_r likewise, h = δ_c − δ_r.
 */
export type PreferenceLossName = 'sigmoid' | 'cdpo' | 'robust' | 'hinge' | 'ipo';

export interface PreferenceLossConfig {
  readonly loss: PreferenceLossName;
  readonly beta: number;
  /** ε of cDPO and robust DPO: the share of labels assumed to be flipped. */
  readonly labelSmoothing: number;
  /**
   * IPO only: whether log-probabilities are averaged over the completion's tokens (`mean`, as TRL does now) or summed
   * (`sum`, as in the paper's and Mitchell's code).
   */
  readonly ipoReduction: 'mean' | 'sum';
}

export const defaultPreferenceLoss: PreferenceLossConfig = {
  loss: 'sigmoid',
  beta: 0.1,
  labelSmoothing: 0,
  ipoReduction: 'mean',
};

export interface PairLogProbs {
  /** Summed over the completion's tokens. */
  readonly policyChosen: number;
  readonly policyRejected: number;
  readonly referenceChosen: number;
  readonly referenceRejected: number;
  readonly chosenTokens: number;
  readonly rejectedTokens: number;
}

export interface PairLoss {
  readonly loss: number;
  /** ∂loss/∂policyChosen */
  readonly dChosen: number;
  /** ∂loss/∂policyRejected */
  readonly dRejected: number;
}

/**
 * sigmoid (Rafailov et al. 2023, eq. 7): −log σ(βh)
 * cdpo (Mitchell 2023): −(1−ε) log σ(βh) − ε log σ(−βh)
 * robust (Chowdhury et al. 2024): [−(1−ε) log σ(βh) + ε log σ(−βh)] / (1 − 2ε)
 * hinge (Zhao et al. 2023, SLiC): max(0, 1 − βh)
 * ipo (Azar et al. 2023): (h − 1/(2β))²
 */
export function preferenceLoss(pair: PairLogProbs, config: PreferenceLossConfig): PairLoss {
  const perToken = config.loss === 'ipo' && config.ipoReduction === 'mean';
  const chosenScale = perToken ? 1 / pair.chosenTokens : 1;
  const rejectedScale = perToken ? 1 / pair.rejectedTokens : 1;
  const h =
    (pair.policyChosen - pair.referenceChosen) * chosenScale -
    (pair.policyRejected - pair.referenceRejected) * rejectedScale;
  const { loss, slope } = lossOfMargin(h, config);
  return { loss, dChosen: slope * chosenScale, dRejected: -slope * rejectedScale };
}

/** The loss and its derivative by h. */
function lossOfMargin(
  h: number,
  { loss, beta, labelSmoothing: epsilon }: PreferenceLossConfig,
): { loss: number; slope: number } {
  const z = beta * h;
  switch (loss) {
    case 'sigmoid':
      return { loss: -logSigmoid(z), slope: -beta * sigmoid(-z) };
    case 'cdpo':
      return {
        loss: -(1 - epsilon) * logSigmoid(z) - epsilon * logSigmoid(-z),
        slope: beta * (epsilon * sigmoid(z) - (1 - epsilon) * sigmoid(-z)),
      };
    case 'robust': {
      const scale = 1 / (1 - 2 * epsilon);
      return {
        loss: scale * (-(1 - epsilon) * logSigmoid(z) + epsilon * logSigmoid(-z)),
        slope: -scale * beta * ((1 - epsilon) * sigmoid(-z) + epsilon * sigmoid(z)),
      };
    }
    case 'hinge':
      return z < 1 ? { loss: 1 - z, slope: -beta } : { loss: 0, slope: 0 };
    case 'ipo': {
      const distance = h - 1 / (2 * beta);
      return { loss: distance ** 2, slope: 2 * distance };
    }
  }
}

function sigmoid(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

/** log σ(z) without overflow on either side. */
function logSigmoid(z: number): number {
  return Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z)));
}
