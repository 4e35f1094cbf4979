import { hashFolder, hashValue } from '../run/content-hash.ts';
import type { StageContext } from './stage-context.ts';

/** What besides a request decides an answer: the weights, how they are kept, and on what it is computed. */
export async function answerScope(context: StageContext, name: string): Promise<string> {
  const { recipe } = context;
  const { folder, adapter } = context.model(name);
  const { kind, precision } = recipe.backend;
  return hashValue([
    await hashFolder(folder),
    adapter === undefined ? '' : await hashFolder(adapter),
    recipe.weights,
    kind,
    precision,
  ]);
}
