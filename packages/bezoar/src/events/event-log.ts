import { BezoarError, type RunEvent } from '@bezoar/core';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** An event as `events.jsonl` holds it. */
export type LoggedEvent = RunEvent & { readonly time: string };

export interface EventLog {
  /** Returns what was written. */
  write(event: RunEvent): LoggedEvent;
}

/**
 * Appends events to a file, one JSON object a line, each written when it happens: a killed run loses none. Throws BezoarError
 * BAD_FILE when it cannot be written.
 */
export function openEventLog(path: string, now: () => Date): EventLog {
  const append = (text: string): void => {
    try {
      appendFileSync(path, text);
    } catch (cause) {
      throw new BezoarError('BAD_FILE', `${path} could not be written: ${(cause as Error).message}.`, {
        advice: 'Check free space and permissions, and run the same command again to go on.',
        cause,
      });
    }
  };
  mkdirSync(dirname(path), { recursive: true });
  const old = readText(path);
  // A line that a killed process did not finish must not swallow the next one.
  if (old !== '' && !old.endsWith('\n')) append('\n');
  return {
    write(event) {
      const logged = { time: now().toISOString(), ...event };
      append(`${JSON.stringify(logged)}\n`);
      return logged;
    },
  };
}

/** All whole lines of an event log; none when there is no file. */
export function readEventLog(path: string): LoggedEvent[] {
  return readText(path)
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as LoggedEvent];
      } catch {
        return [];
      }
    });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
