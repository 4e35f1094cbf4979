import { adamW8bitCases } from './cases/adamw-8bit-cases.ts';
import { adamWCases } from './cases/adamw-cases.ts';
import { addNoiseCases } from './cases/add-noise-cases.ts';
import { attentionCases } from './cases/attention-cases.ts';
import { cachedAttentionCases } from './cases/cached-attention-cases.ts';
import { doraCases } from './cases/dora-cases.ts';
import { dropoutCases } from './cases/dropout-cases.ts';
import { elementwiseCases } from './cases/elementwise-cases.ts';
import { linearCases } from './cases/linear-cases.ts';
import { linearCrossEntropyCases } from './cases/linear-cross-entropy-cases.ts';
import { loraCases } from './cases/lora-cases.ts';
import { nf4Cases } from './cases/nf4-cases.ts';
import { normCases } from './cases/norm-cases.ts';
import { ropeCases } from './cases/rope-cases.ts';
import { rowsCases } from './cases/rows-cases.ts';
import { swigluCases } from './cases/swiglu-cases.ts';
import { topKCases } from './cases/top-k-cases.ts';
import type { OpCase } from './op-case.ts';

/** Every single-call case, op by op. */
export function allOpCases(): OpCase[] {
  return [
    ...rowsCases(),
    ...normCases(),
    ...linearCases(),
    ...dropoutCases(),
    ...addNoiseCases(),
    ...loraCases(),
    ...doraCases(),
    ...ropeCases(),
    ...attentionCases(),
    ...cachedAttentionCases(),
    ...swigluCases(),
    ...linearCrossEntropyCases(),
    ...elementwiseCases(),
    ...nf4Cases(),
    ...adamWCases(),
    ...adamW8bitCases(),
    ...topKCases(),
  ];
}
