/** One by one, so that a sum does not depend on how its values are cut into micro-batches, or spread over processes. */
export function sumInOrder(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
