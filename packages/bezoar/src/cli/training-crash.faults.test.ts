import { openSafetensors } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructionRows } from '../__fixtures__/sample-rows.ts';
import { startCli, type RunningCli, type SpawnOptions } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder.path, ...names);

/** Everything that a resumed training must go on with. Rank 256 makes matrices that 8-bit moments are for. */
const command = ['sft', '--model', 'model', '--data', 'rows.jsonl', '--epochs', '15', '--threads', '1']
  .concat(['--batch-size', '1', '--gradient-accumulation', '2', '--packing', '--pack-length', '512'])
  .concat(['--neftune-noise-alpha', '5', '--optimizer', 'adamw-8bit', '--gradient-checkpointing'])
  .concat(['--schedule', 'cosine', '--warmup-steps', '3', '--min-learning-rate-ratio', '0.1'])
  .concat(['--learning-rate', '1e-3', '--eval-fraction', '0.2', '--eval-every', '4'])
  .concat(['--early-stopping-patience', '9', '--load-best-model-at-end'])
  .concat(['--lora-r', '256', '--target-modules', 'all-linear', '--checkpoint-every', '1']);

function start(out: string, options: SpawnOptions = {}): RunningCli {
  return startCli([...command, '--out', out], { cwd: folder.path, ...options });
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
const adapter = (out: string): Buffer => readFileSync(join(at(out), 'adapter_model.safetensors'));
const stateOf = (out: string): string => join(at(out), 'checkpoint', 'training-state.safetensors');

interface Event {
  readonly type: string;
  readonly step: number;
}

const eventsOf = (out: string): Event[] =>
  readFileSync(join(at(out), 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
const stepsOf = (out: string): number[] =>
  eventsOf(out).flatMap(({ type, step }) => (type === 'train-step' ? [step] : []));

/** The step of a saved state, all of whose tensors are read. */
async function savedStep(out: string): Promise<number> {
  const file = await openSafetensors(
    await openFolder(join(at(out), 'checkpoint')).open('training-state.safetensors'),
  );
  for (const name of file.names) await file.readRaw(name);
  await file.close();
  return Number(file.metadata['step']);
}

let lastStep: number;

beforeAll(async () => {
  await writeTinyModel(at('model'));
  folder.jsonl('rows.jsonl', instructionRows);
  expect(await start('whole').ended).toMatchObject({ code: 0 });
  lastStep = stepsOf('whole').at(-1)!;
  expect(lastStep).toBeGreaterThan(20);
});
afterAll(() => folder.remove());

describe('a training', () => {
  it('stopped with Ctrl-C saves, exits with 130, and goes on to the same bytes', async () => {
    let stopped = false;
    const { code, stderr } = await start('stopped', {
      onStderr(child, text) {
        if (stopped || !text.includes('step 1/')) return;
        stopped = true;
        child.kill('SIGINT');
      },
    }).ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /\nbezoar: Stopped in stage sft; everything that was done is saved\. Run the same command again to go on from here\.\n$/,
    );
    expect(await savedStep('stopped')).toBe(stepsOf('stopped').at(-1));
    expect(await start('stopped').ended).toMatchObject({ code: 0 });
    expect(stepsOf('stopped')).toEqual(Array.from({ length: lastStep }, (_, index) => index + 1));
    expect(adapter('stopped').equals(adapter('whole'))).toBe(true);
    expect(existsSync(stateOf('stopped'))).toBe(false);
  });

  it('killed while it saves keeps the state before, whole, and goes on to the same bytes', async () => {
    let within = 0;
    let before = 0;
    for (let kill = 0; kill < 5; kill++) {
      const running = start('killed');
      // A state is written beside the old one first: when that file is seen, saving is under way.
      const saving = (): boolean =>
        existsSync(stateOf('killed')) &&
        readdirSync(join(at('killed'), 'checkpoint')).some((name) => name.endsWith('.tmp'));
      const from = Date.now() + 20 * kill;
      while (running.process.exitCode === null && (Date.now() < from || !saving())) await pause(0);
      running.process.kill('SIGKILL');
      await running.ended;
      expect(running.process.signalCode).toBe('SIGKILL');
      if (readdirSync(join(at('killed'), 'checkpoint')).some((name) => name.endsWith('.tmp'))) within++;
      const step = await savedStep('killed');
      expect(step).toBeGreaterThanOrEqual(before);
      before = step;
    }
    expect(within).toBeGreaterThan(0);
    expect(await start('killed').ended).toMatchObject({ code: 0 });
    expect(new Set(stepsOf('killed')).size).toBe(lastStep);
    expect(adapter('killed').equals(adapter('whole'))).toBe(true);
  });
});

/** A small disk that can be filled; false where this process may not mount one. */
function mountDisk(path: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a full disk', () => {
  let mounted = false;
  afterAll(() => {
    if (mounted) execFileSync('umount', [at('disk')]);
  });

  it('ends a training with an error that says so; its last state is whole and goes on', async (context) => {
    mounted = mountDisk(at('disk'));
    if (!mounted) context.skip('needs root on Linux, to mount a small disk');
    let filled = false;
    const { code, stderr } = await start('disk/run', {
      onStderr(_, text) {
        if (filled || !text.includes('step 1/')) return;
        filled = true;
        fill();
      },
    }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\nbezoar: \S*disk\/run\/\S+ could not be written: ENOSPC[^\n]*\. [^\n]*Check free space[^\n]*\n$/,
    );
    expect(stderr).not.toMatch(/ {4}at /);
    const step = await savedStep('disk/run');
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(lastStep);

    rmSync(at('disk', 'filler'));
    const rest = await start('disk/run').ended;
    expect(rest.stderr).toContain('▸ sft: goes on');
    expect(rest.code).toBe(0);
    expect(adapter('disk/run').equals(adapter('whole'))).toBe(true);
  });
});

/** To the last byte. */
function fill(): void {
  for (const size of [65536, 4096, 1]) {
    try {
      for (;;) writeFileSync(at('disk', 'filler'), new Uint8Array(size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
