import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { openEventLog, readEventLog } from './event-log.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

it('goes on after a line that a killed process did not finish', () => {
  const path = join(folder.path, 'run', 'events.jsonl');
  const now = (): Date => new Date(0);
  openEventLog(path, now).write({ type: 'stage-start', stage: 'a' });
  appendFileSync(path, '{"time":"1970');
  openEventLog(path, now).write({ type: 'stage-start', stage: 'b' });
  expect(readEventLog(path)).toEqual([
    { time: '1970-01-01T00:00:00.000Z', type: 'stage-start', stage: 'a' },
    { time: '1970-01-01T00:00:00.000Z', type: 'stage-start', stage: 'b' },
  ]);
});
