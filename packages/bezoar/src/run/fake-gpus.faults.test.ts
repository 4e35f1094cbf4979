import { freePort } from '@bezoar/distributed';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../__fixtures__/train-on-fake-gpu.ts', import.meta.url));
const nccl = fileURLToPath(new URL('../../../backend-cuda/lib/fake/libnccl.so', import.meta.url));

interface Line {
  readonly note?: string;
  readonly step?: number;
  readonly values?: readonly number[];
  readonly code?: string;
  readonly message?: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly lines: Line[];
  readonly ended: Promise<number | null>;
}

describe.skipIf(!existsSync(nccl))('processes on fake GPUs (they need g++)', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'bezoar-gpus-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function start(way: 'host' | 'nccl', steps: number, size = 2): Promise<Started[]> {
    const port = await freePort();
    return Array.from({ length: size }, (_, rank) => {
      const child = spawn(process.execPath, ['--conditions=@bezoar/source', program, way, String(steps)], {
        env: {
          ...{ PATH: process.env['PATH'], FAKE_NCCL_FOLDER: folder },
          ...{
            RANK: String(rank),
            WORLD_SIZE: String(size),
            MASTER_ADDR: '127.0.0.1',
            MASTER_PORT: String(port),
          },
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: Line[] = [];
      let rest = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const whole = (rest + text).split('\n');
        rest = whole.pop()!;
        lines.push(...whole.map((line) => JSON.parse(line) as Line));
      });
      return { child, lines, ended: new Promise((resolve) => child.once('close', resolve)) };
    });
  }

  it('train over NCCL what they train through the host, to the bit', async () => {
    const ways = [await start('host', 4), await start('nccl', 4)];
    expect(await Promise.all(ways.flat().map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
    const [host, device] = ways.map((ranks) => ranks.map(({ lines }) => lines));
    expect(host![0]![0]).toEqual({ note: expect.stringMatching(/through host memory$/) as string });
    expect(device![0]![0]).toEqual({ note: expect.stringMatching(/through NCCL 2\.21\.0$/) as string });
    // Of two summands the order makes no difference.
    expect(device![0]!.slice(1)).toEqual(host![0]!.slice(1));
    expect(device![1]).toEqual(device![0]);
    expect(device![0]!.at(-1)!.values).toHaveLength(256);
  });

  it.each([0, 1])('end when rank %i is killed between two sums', async (victim) => {
    const ranks = await start('nccl', 100_000);
    while (ranks.some(({ lines }) => !lines.some(({ step }) => step === 3)))
      await new Promise((resolve) => setTimeout(resolve, 5));
    const killed = performance.now();
    ranks[victim]!.child.kill('SIGKILL');
    const other = ranks[1 - victim]!;
    expect(await other.ended).toBe(1);
    expect(performance.now() - killed).toBeLessThan(5000);
    expect(other.lines.at(-1)).toMatchObject({
      code: 'PEER_FAILED',
      message: expect.stringMatching(`^Rank ${victim} is gone`) as string,
    });
  });
});
