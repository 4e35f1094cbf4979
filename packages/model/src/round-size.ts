/** Below it there is one size. */
const least = 8;

/**
 * The next greater of few sizes, for backends whose kernels are compiled for sizes: 8, 10, 12, 14, 16, 20, 24, 28, 32, … Three
 * leading bits: at most a quarter more than is needed, and four sizes between a number and its double.
 */
export function roundSize(size: number): number {
  if (size <= least) return least;
  const unit = 2 ** (Math.floor(Math.log2(size)) - 2);
  return Math.ceil(size / unit) * unit;
}
