import type { RunEvent } from '@bezoar/core';
import type { HubProgress } from '@bezoar/hub';

const megabyte = 1e6;

/** The progress of files that are read and sent, for the line on the terminal. */
export function publishProgress({ file, activity, done, total }: HubProgress): RunEvent {
  const note = `MB of ${file} ${activity === 'hash' ? 'read' : 'sent'}`;
  const [now, all] = [done, total].map((bytes) => Math.ceil(bytes / megabyte)) as [number, number];
  return { type: 'progress', stage: 'publish', done: now, total: all, note };
}
