import { linearCases } from './cases/linear-cases.ts';
import { normCases } from './cases/norm-cases.ts';
import type { OpCase } from './op-case.ts';

export function allOpCases(): OpCase[] {
  return [...normCases(), ...linearCases()];
}
