import { BezoarError } from '@bezoar/core';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Answer, AnswerStore } from './answer-store.ts';

const lineSchema = z.object({
  key: z.string(),
  answer: z.union([z.string(), z.number(), z.object({ logProb: z.number(), isGreedy: z.boolean() })]),
});

/**
 * Answers in a file, one JSON object a line, each written when it is known: a killed process loses none. A line that a process did not
 * finish is no answer. Throws BezoarError BAD_FILE when the file cannot be written.
 */
export function openAnswerFile(path: string): AnswerStore {
  const append = (text: string): void => {
    try {
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, text);
    } catch (cause) {
      throw new BezoarError('BAD_FILE', `${path} could not be written: ${(cause as Error).message}.`, {
        advice: 'Check free space and permissions, and run the same command again to go on.',
        cause,
      });
    }
  };
  const old = readText(path);
  const answers = new Map(old.split('\n').flatMap(parseLine));
  // A line that a killed process did not finish must not swallow the next one.
  if (old !== '' && !old.endsWith('\n')) append('\n');
  return {
    get: (key) => answers.get(key),
    put(key, answer) {
      append(`${JSON.stringify({ key, answer })}\n`);
      answers.set(key, answer);
    },
  };
}

function parseLine(line: string): [key: string, answer: Answer][] {
  try {
    const { key, answer } = lineSchema.parse(JSON.parse(line));
    return [[key, answer]];
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
