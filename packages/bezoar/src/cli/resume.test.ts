import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli, type SpawnOptions } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder.path, ...names);

/** Notes every call that it answers, and dies like a machine without power at the call that KILL_AT names. */
const teacher = `
import { appendFileSync, readFileSync } from 'node:fs';
const log = process.env.CALLS;
export default (request) => {
  let made = 0;
  try { made = readFileSync(log, 'utf8').split('\\n').length - 1; } catch {}
  if (made === Number(process.env.KILL_AT)) process.kill(process.pid, 'SIGKILL');
  appendFileSync(log, 'call\\n');
  return 'The answer to ' + request.messages.at(-1).content.slice(0, 40);
};
`;

const recipe = `name: resume
seed: 3
base: ./model
backend: { kind: cpu, threads: 1 }
models: { teacher: "script:./teacher.ts" }
logs: { wandb: true }
training: { batchSize: 2, gradientAccumulation: 1, learningRate: 1.0e-2, checkpointEvery: 1, evalFraction: 0, maxLength: 512 }
stages:
  made: { kind: orca, model: teacher, rows: ./flan.jsonl, concurrency: 1 }
  tuned: { kind: sft, from: base, rows: made, epochs: 20 }
  merged: { kind: merge, from: tuned }
`;

interface Event {
  readonly type: string;
  readonly stage: string;
  readonly step?: number;
}

const events = (run: string): Event[] =>
  readFileSync(at(run, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
const steps = (run: string): number[] =>
  events(run).flatMap(({ step, type }) => (type === 'train-step' ? [step!] : []));
const calls = (run: string): number => readFileSync(at(`${run}.calls`), 'utf8').split('\n').length - 1;

function start(
  run: string,
  options: { killAt?: number; onStderr?: SpawnOptions['onStderr'] } = {},
): ReturnType<typeof spawnCli> {
  return spawnCli(['run', at('recipe.yaml'), '--run-dir', at(run)], {
    env: { CALLS: at(`${run}.calls`), KILL_AT: String(options.killAt ?? -1) },
    ...(options.onStderr === undefined ? {} : { onStderr: options.onStderr }),
  });
}

/** Sends a signal when training has begun, once. */
function onceTrained(signal: NodeJS.Signals): SpawnOptions['onStderr'] {
  let sent = false;
  return (child, text) => {
    if (sent || !text.includes('tuned: step 1/')) return;
    sent = true;
    child.kill(signal);
  };
}

beforeAll(async () => {
  await writeTinyModel(at('model'));
  folder.file('teacher.ts', teacher);
  folder.file('recipe.yaml', recipe);
  folder.jsonl(
    'flan.jsonl',
    Array.from({ length: 12 }, (_, index) => ({
      inputs: `How much is ${index} plus ${index}?`,
      targets: String(2 * index),
    })),
  );
  expect(await start('whole')).toMatchObject({ code: 0 });
});
afterAll(() => folder.remove());

function onlyFile(path: string): Buffer {
  const names = readdirSync(path);
  expect(names).toHaveLength(1);
  return readFileSync(join(path, names[0]!));
}

const weights = (run: string): Buffer => readFileSync(at(run, 'merged', 'model.safetensors'));

describe('a run that was killed', () => {
  it('while it asked the teacher pays for no answer twice', async () => {
    expect((await start('asking', { killAt: 5 })).code).toBeNull();
    expect(calls('asking')).toBe(5);
    expect(await start('asking')).toMatchObject({ code: 0 });
    expect(calls('asking')).toBe(12);
    expect(readFileSync(at('asking', 'made', 'rows.jsonl'))).toEqual(
      readFileSync(at('whole', 'made', 'rows.jsonl')),
    );
  });

  it('while it trained goes on from its last step, to the same weights', async () => {
    const killed = await start('training', {
      onStderr: onceTrained('SIGKILL'),
    });
    expect(killed.code).toBeNull();
    const before = steps('training').length;
    expect(before).toBeLessThan(120);

    const { code, stderr } = await start('training');
    expect(code).toBe(0);
    expect(stderr).toContain('✓ made: done before, nothing changed');
    expect(stderr).toContain('▸ tuned: goes on');
    // At most the step that was not saved yet is made again.
    expect(steps('training').length).toBeLessThanOrEqual(121);
    expect(new Set(steps('training')).size).toBe(120);
    expect(weights('training').equals(weights('whole'))).toBe(true);
    expect(calls('training')).toBe(12);
    // The logs for other tools have every step once: a TensorBoard record is as long as the next of its step and tags.
    const [log, whole] = ['training', 'whole'].map((run) => at(run, 'tensorboard', 'tuned')).map(onlyFile);
    expect(log!.length).toBe(whole!.length);
    const history = readFileSync(at('training', 'wandb', 'tuned', 'wandb-history.jsonl'), 'utf8');
    expect(Array.from(history.matchAll(/"_step":(\d+)/g), ([, number]) => Number(number))).toEqual(
      Array.from({ length: 120 }, (_, index) => index + 1),
    );
  });
});

it('Ctrl-C saves, says how to go on, and exits with 130', async () => {
  const stopped = await start('stopped', {
    onStderr: onceTrained('SIGINT'),
  });
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toMatch(
    /\nbezoar: Stopped in stage tuned; everything that was done is saved\. Run the same command again to go on from here\.\n$/,
  );
  expect(await start('stopped')).toMatchObject({ code: 0 });
  expect(steps('stopped')).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
  expect(weights('stopped').equals(weights('whole'))).toBe(true);
});

it('a changed setting runs its stage and those after it again, and no other', async () => {
  expect(await start('changed')).toMatchObject({ code: 0 });
  folder.file('recipe.yaml', recipe.replace('epochs: 20', 'epochs: 1'));
  const { code, stderr } = await start('changed');
  folder.file('recipe.yaml', recipe);
  expect(code).toBe(0);
  expect(stderr).toMatch(/✓ made: done before, nothing changed\n▸ tuned\n/);
  expect(stderr).toContain('▸ merged\n');
  expect(calls('changed')).toBe(12);
});
