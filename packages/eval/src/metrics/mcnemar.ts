/**
 * The exact two-sided test of McNemar (1947) on scores of 0 and 1 of two models: of the items of which one alone is right, as many on
 * either side are what chance gives. 1 where there are none.
 */
export function mcnemar(a: readonly number[], b: readonly number[]): number {
  const onlyA = a.filter((value, index) => value > b[index]!).length;
  const onlyB = a.filter((value, index) => value < b[index]!).length;
  const n = onlyA + onlyB;
  let tail = 0;
  // log of C(n, i) / 2ⁿ, from one i to the next: the terms themselves underflow.
  let logTerm = -n * Math.LN2;
  for (let i = 0; i <= Math.min(onlyA, onlyB); i++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - i) / (i + 1));
  }
  return Math.min(1, 2 * tail);
}
