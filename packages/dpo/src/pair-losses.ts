import type { PairLoss, PreferenceLossConfig, PreferenceLossName } from './preference-loss.ts';
import { logSigmoid, sigmoid } from './sigmoid.ts';

/** One loss: what it is computed from, and its formula. */
export interface PairLossDefinition {
  /** Scores are log π − log ref; without a reference they are log π. */
  readonly reference: boolean;
  /** Scores are averaged over the completion's tokens instead of summed. */
  readonly perToken: boolean | ((config: PreferenceLossConfig) => boolean);
  /** The loss of the scores of both sides, and its derivatives by them. */
  readonly of: (chosen: number, rejected: number, config: PreferenceLossConfig) => PairLoss;
}

interface MarginLoss {
  readonly loss: number;
  /** ∂loss/∂margin */
  readonly slope: number;
}

/** A loss of h, the difference between the scores, alone. */
function ofMargin(
  loss: (h: number, config: PreferenceLossConfig) => MarginLoss,
): Pick<PairLossDefinition, 'of'> {
  return {
    of(chosen, rejected, config) {
      const { loss: value, slope } = loss(chosen - rejected, config);
      return { loss: value, dChosen: slope, dRejected: -slope };
    },
  };
}

const summed = { reference: true, perToken: false } as const;

const logistic = ofMargin((h, { beta }) => ({
  loss: -logSigmoid(beta * h),
  slope: -beta * sigmoid(-beta * h),
}));

/**
 * Closer to 0, which is a probability of 1, an average log-probability has odds that overflow.
 */
const surest = -1e-12;

/** The formulas; `preferenceLoss` says where they come from. */
export const pairLosses: Readonly<Record<PreferenceLossName, PairLossDefinition>> = {
  sigmoid: { ...summed, ...logistic },
  sigmoid_norm: { reference: true, perToken: true, ...logistic },
  cdpo: {
    ...summed,
    ...ofMargin((h, { beta, labelSmoothing: epsilon }) => ({
      loss: -(1 - epsilon) * logSigmoid(beta * h) - epsilon * logSigmoid(-beta * h),
      slope: beta * (epsilon * sigmoid(beta * h) - (1 - epsilon) * sigmoid(-beta * h)),
    })),
  },
  robust: {
    ...summed,
    ...ofMargin((h, { beta, labelSmoothing: epsilon }) => {
      const scale = 1 / (1 - 2 * epsilon);
      return {
        loss: scale * (-(1 - epsilon) * logSigmoid(beta * h) + epsilon * logSigmoid(-beta * h)),
        slope: -scale * beta * ((1 - epsilon) * sigmoid(-beta * h) + epsilon * sigmoid(beta * h)),
      };
    }),
  },
  hinge: {
    ...summed,
    ...ofMargin((h, { beta }) =>
      beta * h < 1 ? { loss: 1 - beta * h, slope: -beta } : { loss: 0, slope: 0 },
    ),
  },
  ipo: {
    reference: true,
    perToken: ({ ipoReduction }) => ipoReduction === 'mean',
    ...ofMargin((h, { beta }) => {
      const distance = h - 1 / (2 * beta);
      return { loss: distance ** 2, slope: 2 * distance };
    }),
  },
  apo_zero: {
    ...summed,
    of(chosen, rejected, { beta }) {
      const [sure, unsure] = [sigmoid(beta * chosen), sigmoid(beta * rejected)];
      return {
        loss: 1 - sure + unsure,
        dChosen: -beta * sure * (1 - sure),
        dRejected: beta * unsure * (1 - unsure),
      };
    },
  },
  apo_down: {
    ...summed,
    of(chosen, rejected, { beta }) {
      const sure = sigmoid(beta * chosen);
      const apart = sigmoid(beta * (chosen - rejected));
      const slope = beta * apart * (1 - apart);
      return { loss: sure + 1 - apart, dChosen: beta * sure * (1 - sure) - slope, dRejected: slope };
    },
  },
  sppo_hard: {
    ...summed,
    of(chosen, rejected, { beta }) {
      const [up, down] = [chosen - 0.5 / beta, rejected + 0.5 / beta];
      return { loss: up ** 2 + down ** 2, dChosen: 2 * up, dRejected: 2 * down };
    },
  },
  nca_pair: {
    ...summed,
    of(chosen, rejected, { beta }) {
      const [up, down] = [beta * chosen, beta * rejected];
      return {
        loss: -logSigmoid(up) - 0.5 * logSigmoid(-up) - 0.5 * logSigmoid(-down),
        dChosen: beta * (0.5 * sigmoid(up) - sigmoid(-up)),
        dRejected: beta * 0.5 * sigmoid(down),
      };
    },
  },
  simpo: {
    reference: false,
    perToken: true,
    ...ofMargin((h, { beta, simpoGamma }) => {
      const z = beta * h - simpoGamma;
      return { loss: -logSigmoid(z), slope: -beta * sigmoid(-z) };
    }),
  },
  orpo: {
    reference: false,
    perToken: true,
    of(chosen, rejected, { beta }) {
      const z = logOddsRatio(chosen, rejected);
      const slope = -beta * sigmoid(-z);
      // d log-odds(p) / d log p = 1 / (1 − p)
      return {
        loss: -beta * logSigmoid(z),
        dChosen: slope / -Math.expm1(Math.min(chosen, surest)),
        dRejected: -slope / -Math.expm1(Math.min(rejected, surest)),
      };
    },
  },
};

/** log of odds(chosen) / odds(rejected), odds(p) = p/(1 − p), of average log-probabilities per token (ORPO, eq. 4). */
export function logOddsRatio(chosen: number, rejected: number): number {
  return logOdds(chosen) - logOdds(rejected);
}

function logOdds(logProb: number): number {
  const value = Math.min(logProb, surest);
  return value - Math.log(-Math.expm1(value));
}
