import type { BullMqQueue } from '@bezoar/llm/bullmq';

type Environment = Readonly<Record<string, string | undefined>>;

/** Opens the queue of a recipe or a flag. Throws what `openBullMqQueue` throws. */
export async function openQueue(url: string, env: Environment): Promise<BullMqQueue> {
  const { openBullMqQueue } = await import('@bezoar/llm/bullmq');
  return openBullMqQueue({ connection: withPassword(url, env) });
}

/** Recipes and command lines are seen by many: the password may stand in BEZOAR_QUEUE_PASSWORD instead. */
export function withPassword(url: string, env: Environment): string {
  const password = env['BEZOAR_QUEUE_PASSWORD'] ?? '';
  const parsed = URL.parse(url);
  if (password === '' || parsed === null || parsed.password !== '') return url;
  parsed.password = password;
  return parsed.href;
}
