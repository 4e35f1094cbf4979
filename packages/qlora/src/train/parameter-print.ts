import type { Backend } from '@bezoar/backend';
import type { TrainableParameter } from './trainable.ts';

/** A print of every bit of the parameters: 16 hex digits. Against accidents, not against people. */
export async function parameterPrint(
  backend: Backend,
  parameters: readonly TrainableParameter[],
): Promise<string> {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (const { param } of parameters) {
    const { buffer, byteOffset, length } = await backend.download(param);
    for (const word of new Uint32Array(buffer, byteOffset, length)) {
      a = Math.imul(a ^ word, 2654435761);
      a ^= a >>> 15;
      b = Math.imul(b + word, 1597334677) ^ (b >>> 13);
    }
  }
  return [a, b].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}
