/** A process of a group, as a launcher starts it. It sums until somebody ends it; `hang` stops it with the group open. */
import { BezoarError } from '@bezoar/core';
import { joinGroup, readGroupPlace } from '../index.ts';

const place = readGroupPlace(process.env)!;
try {
  const group = await joinGroup(place);
  for (let round = 1; ; round++) {
    const values = Float32Array.of(place.rank + 1, round);
    await group.sum(values);
    if (round === 3) process.stdout.write(`${JSON.stringify([...values])}\n`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
} catch (error) {
  if (!BezoarError.isInstance(error)) throw error;
  process.stdout.write(`${JSON.stringify({ code: error.code, message: error.message })}\n`);
  process.exit(1);
}
