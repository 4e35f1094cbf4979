import type { ReceivedRequest } from '@bezoar/llm/testing';

/** What a question asks for decides its score: the same call has the same answer, whoever makes it. */
const scoreOf = (text: string): number => 1 + (text.length % 10);

/** Judges with what it was shown: a mark for FastChat's prompts, JSON for our own; answers everything else. */
export function mtBenchReply({ body, messages }: ReceivedRequest): string {
  const text = messages.map(({ content }) => content).join('\n');
  if (!String(body['model']).startsWith('judge') && body['model'] !== 'claude-2.1')
    return `${String(body['model'])} says: ${messages.at(-1)!.content.slice(0, 30)}`;
  if (text.includes('{"explanation"')) {
    if (text.includes('"winner"')) return '{"explanation":"e","winner":"A"}';
    return `{"explanation":"e","rating":${scoreOf(text)}}`;
  }
  return `It quotes [[10]] in passing. Rating: [[${scoreOf(text)}]]`;
}
