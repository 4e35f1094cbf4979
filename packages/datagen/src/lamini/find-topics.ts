import type { Rng, Seed } from '@bezoar/core';
import { completeText, type ChatModel, type RejectionWatch } from '@bezoar/llm';
import { parseTopics } from './parse-instructions.ts';
import { topicPrompt } from './prompts.ts';

export interface FindTopicsOptions {
  readonly model: ChatModel;
  readonly seeds: readonly Seed[];
  readonly rng: Rng;
  readonly rejections: RejectionWatch;
  readonly signal: AbortSignal | undefined;
}

const maxTries = 3;

/**
 * Topics of some of the seeds, through the model. When a reply has none, others are drawn: a single seed can make a
 * provider refuse. None after three tries.
 */
export async function findTopics({
  model,
  seeds,
  rng,
  rejections,
  signal,
}: FindTopicsOptions): Promise<string[]> {
  for (let attempt = 0; attempt < maxTries; attempt++) {
    const instructions = rng.sample(seeds, Math.min(20, seeds.length)).map(({ instruction }) => instruction);
    const request = {
      messages: [{ role: 'user' as const, content: topicPrompt({ instructions, count: 30 }) }],
      temperature: 0.8,
      ...(attempt === 0 ? {} : { sampleIndex: attempt }),
    };
    const reply = await completeText(model, request, { rejections, signal });
    const topics = reply.ok ? parseTopics(reply.text) : [];
    // The last line of a reply that was cut off may be half a topic.
    if (!reply.ok && reply.code === 'truncated')
      topics.push(...parseTopics(reply.text.slice(0, Math.max(0, reply.text.lastIndexOf('\n')))));
    if (topics.length > 0) return topics;
  }
  return [];
}
