import type { JudgeAgreement } from '@bezoar/judge';
import { formatShare } from '../report/format-number.ts';

/** Where a stage with several judges leaves how they agree. */
export const agreementFileName = 'agreement.json';

/** a and b agree on 87.0 % of 126 rows (κ 0.71) */
export function describeAgreement({ judges: [first, second], rows, raw, kappa }: JudgeAgreement): string {
  if (rows === 0) return `${first} and ${second} judged no row both`;
  const beyondChance = Number.isNaN(kappa) ? '' : ` (κ ${kappa.toFixed(2)})`;
  return `${first} and ${second} agree on ${formatShare(raw)} of ${rows} rows${beyondChance}`;
}
