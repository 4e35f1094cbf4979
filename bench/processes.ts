/**
 * What training in two processes costs and gives on one machine. `step`: the time of an update of LoRA r 16 on q, k, v over two layers of
 * OpenLLaMA-3B's size in NF4, two micro-batches of 256 tokens, by one process with two threads and by two with one thread each. `sum`: the
 * time to sum 32 MB, the gradients of such an adapter over all 26 layers, over 2 and 4 processes through TCP on loopback; beside it the
 * same bytes copied in memory. Medians.
 *
 *   pnpm bench processes [--rounds N]
 */
import { openTensorSum } from '@bezoar/backend';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { createRng } from '@bezoar/core';
import { freePort, joinGroup, type TcpGroup } from '@bezoar/distributed';
import { createLoraAdapter, createWorkspace, withAdapter } from '@bezoar/model';
import { adapterTrainable, createAdamW, defaultAdamW, stepGradients } from '@bezoar/qlora';
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { openLlama3b } from './shared/open-llama-3b.ts';
import { randomModel } from './shared/random-model.ts';

const options = {
  rounds: { type: 'string', default: '7' },
  /** Of a child: `step` or `sum`, its rank, how many there are, and their port. */
  child: { type: 'string' },
  rank: { type: 'string', default: '0' },
  size: { type: 'string', default: '1' },
  port: { type: 'string', default: '0' },
} as const;

const sumElements = 8 * 1024 * 1024;

export async function run(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({ args: [...args], options });
  if (values.child !== undefined) return child(values as ChildOptions);
  const { rounds } = values;
  const copy = await timed(Number(rounds), () => Promise.resolve(new Float32Array(sumElements).slice()));
  return {
    rounds: Number(rounds),
    step: {
      'one process': await together('step', 1, rounds),
      'two processes': await together('step', 2, rounds),
    },
    sum: {
      megabytes: (4 * sumElements) / 1e6,
      'copy in memory': copy,
      'two processes': await together('sum', 2, rounds),
      'four processes': await together('sum', 4, rounds),
    },
  };
}

interface ChildOptions {
  readonly child: string;
  readonly rank: string;
  readonly size: string;
  readonly port: string;
  readonly rounds: string;
}

/** Starts all processes; the first one's median in milliseconds. */
async function together(what: string, size: number, rounds: string): Promise<number> {
  const port = String(await freePort());
  const outputs = Array.from({ length: size }, (_, rank) => {
    const own = [
      '--child',
      what,
      '--rank',
      String(rank),
      '--size',
      String(size),
      '--port',
      port,
      '--rounds',
      rounds,
    ];
    const program = spawn(
      process.execPath,
      ['--conditions=@bezoar/source', 'bench/run.ts', 'processes', ...own],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    return new Promise<string>((resolve) => {
      let text = '';
      program.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      program.once('close', () => resolve(text));
    });
  });
  const [first] = await Promise.all(outputs);
  return (JSON.parse(first!) as { figures: { milliseconds: number } }).figures.milliseconds;
}

async function child({ child: what, rank, size, port, rounds }: ChildOptions): Promise<object> {
  const place = { rank: Number(rank), size: Number(size), host: '127.0.0.1', port: Number(port) };
  const group = place.size === 1 ? undefined : await joinGroup(place);
  const milliseconds =
    what === 'sum' ? await timeSum(group!, Number(rounds)) : await timeStep(group, Number(rounds));
  await group?.close();
  return { milliseconds };
}

async function timeSum(group: TcpGroup, rounds: number): Promise<number> {
  const values = new Float32Array(sumElements).fill(1);
  return timed(rounds, () => group.sum(values));
}

async function timeStep(group: TcpGroup | undefined, rounds: number): Promise<number> {
  const backend = await createCpuBackend({ threads: group === undefined ? 2 : 1 });
  const base = randomModel(backend, openLlama3b(2));
  const adapter = createLoraAdapter({
    model: base,
    config: {
      r: 16,
      loraAlpha: 16,
      loraDropout: 0,
      targetModules: ['q_proj', 'k_proj', 'v_proj'],
      useRslora: false,
    },
    rng: createRng(1),
  });
  const model = withAdapter(base, adapter);
  const trainable = adapterTrainable(model);
  const optimizer = createAdamW({ backend, trainable, config: defaultAdamW });
  const workspace = createWorkspace(backend);
  const rng = createRng(2);
  const micro = Array.from({ length: 2 }, () => {
    const tokens = Array.from({ length: 256 }, () => rng.int(32_000));
    return [{ tokens, labels: tokens, targetCount: 255 }];
  });
  const config = { gradientCheckpointing: false, seed: 0 };
  const sums = group === undefined ? undefined : await openTensorSum(backend, group);
  let step = 0;
  const milliseconds = await timed(rounds, async () => {
    await stepGradients({ model, trainable, workspace, config, step: step++, micro, group });
    await sums?.sum(trainable.parameters.map(({ grad }) => grad));
    await optimizer.update(1e-5);
  });
  await backend.dispose();
  return milliseconds;
}

/** The first round warms up. */
async function timed(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const started = performance.now();
    await work();
    if (round > 0) times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return Math.round(10 * times[Math.floor(times.length / 2)]!) / 10;
}
