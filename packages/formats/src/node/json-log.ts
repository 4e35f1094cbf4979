import { BezoarError } from '@bezoar/core';
import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync } from 'node:fs';
import { dirname } from 'node:path';

export interface JsonLog {
  append(value: unknown): void;
}

/**
 * Appends to a file, one JSON value a line, each written when it is told: a killed process loses none. The file is made when the first
 * one comes. Throws BezoarError BAD_FILE when it cannot be written.
 */
export function openJsonLog(path: string): JsonLog {
  let folderExists = false;
  const append = (text: string): void => {
    try {
      if (!folderExists) mkdirSync(dirname(path), { recursive: true });
      folderExists = true;
      appendFileSync(path, text);
    } catch (cause) {
      throw new BezoarError('BAD_FILE', `${path} could not be written: ${(cause as Error).message}.`, {
        advice: 'Check free space and permissions, and run the same command again to go on.',
        cause,
      });
    }
  };
  // A line that a killed process did not finish must not swallow the next one.
  if (endsWithinLine(path)) append('\n');
  return { append: (value) => append(`${JSON.stringify(value)}\n`) };
}

/** The values of all whole lines; none when there is no file. */
export function readJsonLog(path: string): unknown[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      return [];
    }
  });
}

/** By its last byte: logs grow long. */
function endsWithinLine(path: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    const { size } = fstatSync(file);
    const last = new Uint8Array(1);
    return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
  } finally {
    closeSync(file);
  }
}
