import { freePort } from '@bezoar/distributed';
import { openSafetensors } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructionRows, preferenceRows } from '../__fixtures__/sample-rows.ts';
import { spawnCli, startCli, type CliResult, type RunningCli } from '../__fixtures__/spawn-cli.ts';
import { temporaryFolder } from '../__fixtures__/temporary-folder.ts';
import { writeTinyModel } from '../__fixtures__/write-tiny-model.ts';

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder.path, ...names);

/** Dropout, packs, noise, accumulation, held-out rows: all that must not depend on who does it. */
const learningRate = 1e-3;
const sft = ['sft', '--model', 'model', '--data', 'rows.jsonl', '--epochs', '12', '--threads', '1']
  .concat(['--batch-size', '1', '--gradient-accumulation', '4', '--packing', '--pack-length', '512'])
  .concat(['--lora-dropout', '0.1', '--neftune-noise-alpha', '5', '--learning-rate', String(learningRate)])
  .concat(['--eval-fraction', '0.25', '--eval-every', '5', '--checkpoint-every', '3']);
const dpo = ['dpo', '--model', 'model', '--data', 'pairs.jsonl', '--epochs', '3', '--threads', '1']
  .concat(['--batch-size', '1', '--gradient-accumulation', '3', '--learning-rate', String(learningRate)])
  .concat(['--precompute-reference', '--eval-fraction', '0.25', '--eval-every', '2']);

const run = (command: readonly string[], out: string, ...more: string[]): Promise<CliResult> =>
  spawnCli([...command, '--out', out, ...more], { cwd: folder.path });

interface StartOptions {
  readonly out: string;
  readonly size: number;
  /** Those that are started; all by default. */
  readonly ranks?: readonly number[];
  readonly more?: (rank: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onStderr?: (text: string, ranks: readonly RunningCli[]) => void;
  /** Told what MASTER_PORT is, before anything is started. */
  readonly onPort?: (port: number) => void;
}

/** Starts the processes as a launcher of somebody else does. */
async function startRanks(options: StartOptions): Promise<RunningCli[]> {
  const { out, size, ranks, more, env, onStderr } = options;
  const port = await freePort();
  options.onPort?.(port);
  const started: RunningCli[] = [];
  for (const rank of ranks ?? Array.from({ length: size }, (_, index) => index)) {
    const place = { RANK: String(rank), LOCAL_RANK: String(rank), WORLD_SIZE: String(size) };
    started.push(
      startCli([...sft, '--out', out, ...(more?.(rank) ?? [])], {
        cwd: folder.path,
        env: { ...place, MASTER_ADDR: '127.0.0.1', MASTER_PORT: String(port), ...env },
        onStderr: (_, text) => onStderr?.(text, started),
      }),
    );
  }
  return started;
}

const allEnded = (ranks: readonly RunningCli[]): Promise<CliResult[]> =>
  Promise.all(ranks.map(({ ended }) => ended));
const adapter = (out: string): Buffer => readFileSync(at(out, 'adapter_model.safetensors'));
const stateOf = (out: string): string => at(out, 'checkpoint', 'training-state.safetensors');

interface Event {
  readonly type: string;
  readonly step: number;
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

const eventsOf = (out: string, type: string): Event[] =>
  readFileSync(at(out, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
    .filter((event) => event.type === type);
const stepsOf = (out: string): number[] => eventsOf(out, 'train-step').map(({ step }) => step);

async function tensorsOf(out: string): Promise<Map<string, Float32Array>> {
  const file = await openSafetensors(await openFolder(at(out)).open('adapter_model.safetensors'));
  const tensors = new Map<string, Float32Array>();
  for (const name of file.names) tensors.set(name, await file.readF32(name));
  await file.close();
  return tensors;
}

/** The rounding of a sum, which AdamW divides by the size of the gradient. */
async function expectSameModel(out: string, expected: string): Promise<void> {
  const others = await tensorsOf(expected);
  for (const [name, values] of await tensorsOf(out)) {
    const differences = values.map((value, index) => Math.abs(value - others.get(name)![index]!));
    expect(
      differences.reduce((a, b) => Math.max(a, b)),
      name,
    ).toBeLessThan(0.02 * learningRate);
  }
}

let lastStep: number;

beforeAll(async () => {
  await writeTinyModel(at('model'));
  folder.jsonl('rows.jsonl', instructionRows);
  folder.jsonl('pairs.jsonl', preferenceRows);
  const alone = await Promise.all([run(sft, 'alone'), run(dpo, 'dpo-alone')]);
  expect(alone).toMatchObject([{ code: 0 }, { code: 0 }]);
  expect(await run(sft, 'two', '--processes', '2')).toMatchObject({ code: 0 });
  lastStep = stepsOf('alone').at(-1)!;
  expect(lastStep).toBeGreaterThan(15);
});
afterAll(() => folder.remove());

describe('several processes', () => {
  it('train what one trains, and tell it once', async () => {
    expect(await run(sft, 'three', '--processes=3')).toMatchObject({ code: 0 });
    for (const out of ['two', 'three']) {
      await expectSameModel(out, 'alone');
      expect(stepsOf(out)).toEqual(stepsOf('alone'));
      const [first, expected] = [eventsOf(out, 'train-step')[0]!, eventsOf('alone', 'train-step')[0]!];
      expect(first.loss).toBe(expected.loss);
      expect(first.metrics).toEqual(expected.metrics);
      const scores = eventsOf('alone', 'evaluation');
      expect(eventsOf(out, 'evaluation')[0]!.metrics).toEqual(scores[0]!.metrics);
      eventsOf(out, 'evaluation').forEach(({ metrics }, index) =>
        expect(metrics['eval_loss']).toBeCloseTo(scores[index]!.metrics['eval_loss']!, 4),
      );
    }
    const initial = eventsOf('alone', 'evaluation')[0]!.metrics['eval_loss']!;
    expect(eventsOf('alone', 'evaluation').at(-1)!.metrics['eval_loss']).toBeLessThan(initial - 0.05);
  });

  it('make the same bits under any launcher, every time, also one that listens on the port itself', async () => {
    const listening = createServer();
    const ranks = await startRanks({
      out: 'launched',
      size: 2,
      env: { TORCHELASTIC_USE_AGENT_STORE: 'True' },
      onPort: (port) => listening.listen(port, '127.0.0.1'),
    });
    const results = await allEnded(ranks);
    listening.close();
    expect(results).toMatchObject([{ code: 0 }, { code: 0, stdout: '', stderr: '' }]);
    expect(results[0]!.stderr).toContain(
      '2 processes train together, their gradients are summed through host memory',
    );
    expect(adapter('launched').equals(adapter('two'))).toBe(true);
  });

  it('train on preferences too, over a reference that is computed before', async () => {
    rmSync(at('pairs.jsonl.reference.jsonl'));
    expect(await run(dpo, 'dpo-two', '--processes', '2')).toMatchObject({ code: 0 });
    await expectSameModel('dpo-two', 'dpo-alone');
    const [first, expected] = ['dpo-two', 'dpo-alone'].map((out) => eventsOf(out, 'train-step')[0]!);
    expect(first!.metrics).toEqual(expected!.metrics);
  });

  it('run a recipe: rank 0 does alone what is no training', async () => {
    const recipe = `
name: group
base: model
backend: { kind: cpu, threads: 1 }
training: { batchSize: 1, gradientAccumulation: 2, maxSteps: 2 }
stages:
  clean: { kind: clean, rows: rows.jsonl }
  first: { kind: sft, from: base, rows: clean }
  merged: { kind: merge, from: first }
  second: { kind: sft, from: merged, rows: clean }
`;
    folder.file('recipe.yaml', recipe);
    const result = await spawnCli(['run', 'recipe.yaml', '--run-dir', 'recipe', '--processes', '2'], {
      cwd: folder.path,
    });
    expect(result).toMatchObject({ code: 0 });
    for (const stage of ['clean', 'first', 'merged', 'second'])
      expect(existsSync(at('recipe', stage, 'stage.json'))).toBe(true);
    // What is done is kept by all of them.
    const again = await spawnCli(['run', 'recipe.yaml', '--run-dir', 'recipe', '--processes', '2'], {
      cwd: folder.path,
    });
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).not.toContain('step 1/');
  });
});

describe('stopping', () => {
  it('saves once and ends all when any of them is told to; the same number goes on to the same bits', async () => {
    let stopped = false;
    const ranks = await startRanks({
      out: 'stopped',
      size: 2,
      onStderr(text, [, second]) {
        if (stopped || !text.includes('step 1/')) return;
        stopped = true;
        second!.process.kill('SIGINT');
      },
    });
    const results = await allEnded(ranks);
    expect(results).toMatchObject([{ code: 130 }, { code: 130 }]);
    expect(results[0]!.stderr).toMatch(
      /\nbezoar \(rank 0\): Stopped in stage sft; everything that was done is saved\./,
    );
    expect(results[1]!.stderr).toMatch(/^bezoar \(rank 1\): Training stopped at step \d+ of/);
    expect(
      eventsOf('stopped', 'checkpoint').filter(({ step }) => step === stepsOf('stopped').at(-1)),
    ).toHaveLength(1);
    expect(stepsOf('stopped').length).toBeLessThan(lastStep);
    expect(await run(sft, 'stopped', '--processes', '2')).toMatchObject({ code: 0 });
    expect(stepsOf('stopped')).toEqual(stepsOf('alone'));
    expect(adapter('stopped').equals(adapter('two'))).toBe(true);
  });

  it('through the launcher ends with 130, and another number of processes goes on', async () => {
    let stopped = false;
    const launcher = startCli([...sft, '--out', 'elastic', '--processes', '2'], {
      cwd: folder.path,
      onStderr(child, text) {
        if (stopped || !text.includes('step 1/')) return;
        stopped = true;
        child.kill('SIGINT');
      },
    });
    expect(await launcher.ended).toMatchObject({ code: 130 });
    const done = stepsOf('elastic').length;
    expect(done).toBeLessThan(lastStep);
    const rest = await run(sft, 'elastic', '--processes', '3');
    expect(rest.code).toBe(0);
    expect(rest.stderr).toContain('sft: goes on');
    expect(stepsOf('elastic')).toEqual(stepsOf('alone'));
    await expectSameModel('elastic', 'alone');
  });

  it.each([0, 1])('ends the others when rank %i is killed; one alone goes on', async (victim) => {
    const out = `killed-${victim}`;
    const endless = ['--checkpoint-every', '1', '--epochs', '5000'];
    let killed = Number.NaN;
    const ranks = await startRanks({
      out,
      size: 3,
      onStderr(text, all) {
        if (!Number.isNaN(killed) || !text.includes('step 1/') || !existsSync(stateOf(out))) return;
        killed = performance.now();
        all[victim]!.process.kill('SIGKILL');
      },
      more: () => endless,
    });
    const results = await allEnded(ranks);
    expect(performance.now() - killed).toBeLessThan(10_000);
    results.forEach(({ code, stderr }, rank) => {
      expect(code).toBe(rank === victim ? null : 1);
      if (rank !== victim)
        expect(stderr).toContain(
          `bezoar (rank ${rank}): Rank ${victim} is gone: its process has ended or its machine cannot be reached. Look at the output of that process, and run the same command again to go on from the last saved state.`,
        );
    });
    // The state is that of the whole training: one process goes on after the step that was saved last.
    const saved = eventsOf(out, 'checkpoint').at(-1)!.step;
    const before = stepsOf(out).length;
    let stopped = false;
    const rest = startCli([...sft, '--out', out, ...endless], {
      cwd: folder.path,
      onStderr(child, text) {
        if (stopped || !text.includes('· loss')) return;
        stopped = true;
        child.kill('SIGINT');
      },
    });
    expect(await rest.ended).toMatchObject({ code: 130 });
    expect(stepsOf(out)[before]).toBe(saved + 1);
  });

  it('of the launcher, however it ends, saves and ends what it has started', async () => {
    let killed = false;
    const launcher = startCli([...sft, '--out', 'orphans', '--processes', '2', '--epochs', '5000'], {
      cwd: folder.path,
      onStderr(child, text) {
        if (killed || !text.includes('step 1/')) return;
        killed = true;
        child.kill('SIGKILL');
      },
    });
    // It has ended when nobody writes to its streams any more.
    const { stderr } = await launcher.ended;
    expect(stderr).toContain('bezoar (rank 0): Stopped in stage sft; everything that was done is saved.');
    expect(eventsOf('orphans', 'checkpoint').at(-1)!.step).toBe(stepsOf('orphans').at(-1));
  });

  it('ends those that wait for one that hangs', async () => {
    let hung = false;
    const ranks = await startRanks({
      out: 'hung',
      size: 2,
      env: { BEZOAR_PEER_TIMEOUT: '2' },
      onStderr(text, [, second]) {
        if (hung || !text.includes('step 1/')) return;
        hung = true;
        second!.process.kill('SIGSTOP');
      },
      more: () => ['--epochs', '5000'],
    });
    expect(await ranks[0]!.ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'Rank 1 did not answer within 2 seconds. It hangs or is much slower',
      ) as string,
    });
    ranks[1]!.process.kill('SIGKILL');
    await ranks[1]!.ended;
  });

  it('ends those that wait for one that never comes, and names it', async () => {
    const ranks = await startRanks({
      out: 'missing',
      size: 4,
      ranks: [0, 2],
      env: { BEZOAR_JOIN_TIMEOUT: '3' },
    });
    for (const { code, stderr } of await allEnded(ranks)) {
      expect(code).toBe(1);
      expect(stderr).toContain(
        'Ranks 1, 3 did not come within 3 seconds. Look whether all processes were started',
      );
    }
    expect(existsSync(at('missing', 'events.jsonl'))).toBe(false);
  });

  it('is what a process does that was started with something else', async () => {
    const ranks = await startRanks({
      out: 'different',
      size: 2,
      more: (rank) => (rank === 1 ? ['--lora-r', '4'] : []),
    });
    const results = await allEnded(ranks);
    expect(results).toMatchObject([{ code: 1 }, { code: 1 }]);
    for (const { stderr } of results)
      expect(stderr).toContain('Rank 1 was started with other settings or data than rank 0.');
  });
});

describe('what is said before anything is done', () => {
  const plain = ['sft', '--model', 'model', '--data', 'rows.jsonl'];

  it.each([
    [
      { WORLD_SIZE: '2' },
      [],
      'WORLD_SIZE of the environment says that several processes train together, but RANK, MASTER_ADDR, MASTER_PORT are missing.',
    ],
    [
      { RANK: '2', WORLD_SIZE: '2', MASTER_ADDR: '127.0.0.1', MASTER_PORT: '1' },
      [],
      'RANK of the environment is "2"; it must be a whole number from 0 to below 2, which WORLD_SIZE says.',
    ],
    [
      { RANK: '0', WORLD_SIZE: '2', MASTER_ADDR: '127.0.0.1', MASTER_PORT: '1' },
      ['--backend', 'cuda'],
      'LOCAL_RANK of the environment is missing: it says which GPU is whose.',
    ],
    [
      { RANK: '0' },
      ['--processes', '2'],
      '--processes starts processes, but RANK says that a launcher has done so.',
    ],
    [{}, ['--processes', '0'], '--processes is 0; a whole number from 1 is needed.'],
    [
      {},
      ['--processes', '3', '--gradient-accumulation', '2'],
      'A step has 2 micro-batches for 3 processes. Set gradientAccumulation to 3 or a multiple of it',
    ],
  ])('%j %j', async (env, more, message) => {
    const { code, stderr } = await spawnCli([...plain, '--out', 'nothing', ...more], {
      cwd: folder.path,
      env,
    });
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});
