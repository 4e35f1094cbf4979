import type { RunEvent } from '@bezoar/core';
import { openJsonLog, readJsonLog } from '@bezoar/formats/node';

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
  const log = openJsonLog(path);
  return {
    write(event) {
      const logged = { time: now().toISOString(), ...event };
      log.append(logged);
      return logged;
    },
  };
}

/** All whole lines of an event log; none when there is no file. */
export function readEventLog(path: string): LoggedEvent[] {
  return readJsonLog(path) as LoggedEvent[];
}
