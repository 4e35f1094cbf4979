import { openJsonLog, readJsonLog } from '@bezoar/formats/node';
import { z } from 'zod';
import type { AnswerStore } from './answer-store.ts';

const lineSchema = z.object({
  key: z.string(),
  answer: z.union([z.string(), z.number(), z.object({ logProb: z.number(), isGreedy: z.boolean() })]),
});

/**
 * Answers in a file, one JSON object a line, each written when it is known: a killed process loses none. A line that a process did not
 * finish is no answer. Throws BezoarError BAD_FILE when the file cannot be written.
 */
export function openAnswerFile(path: string): AnswerStore {
  const answers = new Map(
    readJsonLog(path).flatMap((line) => {
      const { data } = lineSchema.safeParse(line);
      return data === undefined ? [] : [[data.key, data.answer] as const];
    }),
  );
  const log = openJsonLog(path);
  return {
    get: (key) => answers.get(key),
    put(key, answer) {
      log.append({ key, answer });
      answers.set(key, answer);
    },
  };
}
