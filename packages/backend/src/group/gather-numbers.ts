import type { ProcessGroup } from '../contract/process-group.ts';

/**
 * The numbers of all processes in the order of ranks: what `shareOf` cut comes together again. Without a group they are the given ones.
 * Throws BezoarError PEER_FAILED.
 */
export async function gatherNumbers(
  numbers: readonly number[],
  group: ProcessGroup | undefined,
): Promise<readonly number[]> {
  if (group === undefined) return numbers;
  const parts = await group.gather(new Uint8Array(Float64Array.from(numbers).buffer));
  return parts.flatMap(({ buffer, byteOffset, byteLength }) => [
    ...new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength)),
  ]);
}
