import { createLocalGroup } from '@bezoar/backend/testkit';
import { BezoarError, createRng } from '@bezoar/core';
import { spawn, type ChildProcess } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../free-port.ts';
import { joinGroup, type JoinGroupOptions } from './join-group.ts';
import type { TcpGroup } from './tcp-group.ts';

const open: TcpGroup[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((group) => group.close()));
});

/** All processes of a group in this one, over real sockets. */
async function joinAll(size: number, more: Partial<JoinGroupOptions> = {}): Promise<TcpGroup[]> {
  const port = await freePort();
  const groups = await Promise.all(
    Array.from({ length: size }, (_, rank) => joinGroup({ rank, size, host: '127.0.0.1', port, ...more })),
  );
  open.push(...groups);
  return groups;
}

/** What a promise fails with. */
async function failureOf(promise: Promise<unknown>): Promise<BezoarError> {
  const error: unknown = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (BezoarError.isInstance(error)) return error;
  throw new Error(`no BezoarError: ${String(error)}`);
}

describe('a group', () => {
  it('gathers bytes of all lengths by rank', async () => {
    const groups = await joinAll(3);
    const sent = [new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array(2_000_000).fill(7)];
    for (let round = 0; round < 2; round++) {
      const all = await Promise.all(groups.map((group, rank) => group.gather(sent[rank]!)));
      for (const parts of all) {
        expect(parts.map(({ length }) => length)).toEqual(sent.map(({ length }) => length));
        expect(parts.every((part, rank) => Buffer.from(part).equals(sent[rank]!))).toBe(true);
      }
    }
  });

  it.each([2, 3, 5])('of %i sums as the obvious one does, to the bit', async (size) => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const rng = createRng(seed);
    const [groups, oracle] = [await joinAll(size), createLocalGroup(size)];
    for (const length of [0, 1, 1000, 256 * 1024 * 2 + 17]) {
      const values = groups.map(() => Float32Array.from({ length }, () => rng.normal() * 10 ** rng.int(30)));
      const copies = values.map((array) => array.slice());
      await Promise.all(groups.map((group, rank) => group.sum(values[rank]!)));
      await Promise.all(oracle.map((group, rank) => group.sum(copies[rank]!)));
      for (const array of values)
        expect(Buffer.from(array.buffer).equals(Buffer.from(copies[0]!.buffer)), `seed ${seed}`).toBe(true);
    }
  });

  it('tells all when one was told to stop', async () => {
    const groups = await joinAll(3);
    const told = Promise.all(
      groups.map(
        ({ interruption }) => new Promise((resolve) => interruption.addEventListener('abort', resolve)),
      ),
    );
    groups[2]!.interrupt();
    await told;
    // It still works: whoever stops saves first.
    expect(await Promise.all(groups.map((group) => group.gather(Uint8Array.of(1))))).toHaveLength(3);
  });

  it('falls apart with the error of the one that fails', async () => {
    const groups = await joinAll(3);
    const [lead, other] = [groups[0]!, groups[1]!].map((group) => failureOf(group.gather(new Uint8Array())));
    await groups[2]!.close(new BezoarError('OUT_OF_MEMORY', 'No memory left.', { advice: 'Less.' }));
    for (const error of [await lead!, await other!]) {
      expect(error).toMatchObject({ code: 'PEER_FAILED', message: 'Rank 2 failed: No memory left. Less.' });
      expect(error.data).toEqual({ ranks: [2] });
    }
    expect(groups[1]!.failure.reason).toMatchObject({ code: 'PEER_FAILED' });
    expect(await failureOf(groups[1]!.sum(new Float32Array(3)))).toMatchObject({ code: 'PEER_FAILED' });
  });

  it('is interrupted together', async () => {
    const groups = await joinAll(2);
    const waiting = failureOf(groups[1]!.gather(new Uint8Array()));
    await groups[0]!.close(new BezoarError('INTERRUPTED', 'Stopped.', { advice: 'Again.' }));
    expect(await waiting).toMatchObject({ code: 'INTERRUPTED', message: 'Stopped.', advice: 'Again.' });
  });

  it('names who left, who is late and who does something else', async () => {
    const leaving = await joinAll(3);
    await leaving[1]!.close();
    expect((await failureOf(leaving[0]!.gather(new Uint8Array()))).message).toBe(
      'Rank 1 has left the group.',
    );

    const late = await joinAll(3, { timeout: 50 });
    const [lead, other] = [late[0]!, late[2]!].map((group) => failureOf(group.gather(new Uint8Array())));
    expect((await lead!).message).toBe('Rank 1 did not answer within 0.05 seconds.');
    expect((await other!).message).toBe('Rank 1 did not answer within 0.05 seconds.');

    const different = await joinAll(2);
    const [error] = await Promise.all([
      failureOf(different[0]!.sum(new Float32Array(2))),
      failureOf(different[1]!.sum(new Float32Array(3))),
    ]);
    expect(error).toMatchObject({ code: 'RANKS_DIFFER', message: 'Rank 1 does something else than rank 0.' });
  });
});

describe('joining', () => {
  it('names all who did not come, to all who did', async () => {
    const port = await freePort();
    const here = { size: 4, host: '127.0.0.1', port, joinTimeout: 300 };
    const errors = await Promise.all([0, 2].map((rank) => failureOf(joinGroup({ ...here, rank }))));
    for (const error of errors) {
      expect(error).toMatchObject({
        code: 'PEER_FAILED',
        message: 'Ranks 1, 3 did not come within 0.3 seconds.',
      });
      expect(error.data).toEqual({ ranks: [1, 3] });
    }
  });

  it('says that rank 0 does not answer', async () => {
    const port = await freePort();
    const error = await failureOf(joinGroup({ rank: 1, size: 2, host: '127.0.0.1', port, joinTimeout: 300 }));
    expect(error.code).toBe('PEER_FAILED');
    expect(error.message).toMatch(/^Rank 0 does not answer at 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  });

  it('listens for other machines too when rank 0 is told localhost by mistake of its launcher', async () => {
    const address = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
    const port = await freePort();
    const lead = joinGroup({ rank: 0, size: 2, localSize: 1, host: 'localhost', port });
    open.push(
      await joinGroup({ rank: 1, size: 2, localSize: 1, host: address ?? '127.0.0.1', port }),
      await lead,
    );
    expect(await Promise.all(open.map((group) => group.gather(Uint8Array.of(7))))).toHaveLength(2);
  });

  it('says that the port is taken', async () => {
    const port = await freePort();
    const server = createServer().listen(port, '127.0.0.1');
    const error = await failureOf(joinGroup({ rank: 0, size: 2, host: '127.0.0.1', port }));
    server.close();
    expect(error).toMatchObject({
      code: 'BAD_CONFIG',
      message: `Rank 0 cannot listen on port ${port} of 127.0.0.1: it is in use.`,
    });
  });

  it('lets strangers and doubles go, and waits on for the right ones', async () => {
    const port = await freePort();
    const here = { size: 3, host: '127.0.0.1', port };
    const lead = joinGroup({ ...here, rank: 0 });
    const second = joinGroup({ ...here, rank: 2 });
    for (const greeting of ['GET / HTTP/1.1\r\n\r\n', '\u0001\u0003\u0000\u0000\u0000{}.']) {
      const stranger = connect(port, '127.0.0.1');
      stranger.on('error', () => undefined).write(greeting);
      await new Promise((resolve) => stranger.once('close', resolve));
    }
    expect((await failureOf(joinGroup({ ...here, rank: 1, size: 4 }))).message).toMatch(/counts 4 processes/);
    expect((await failureOf(joinGroup({ ...here, rank: 2 }))).message).toMatch(/There is a rank 2 already/);
    open.push(await joinGroup({ ...here, rank: 1 }), await lead, await second);
    await Promise.all(open.map((group) => group.gather(new Uint8Array())));
  });

  it('stops waiting when it is told to', async () => {
    const stop = new AbortController();
    const port = await freePort();
    const waiting = [0, 1].map((rank) =>
      failureOf(joinGroup({ rank, size: 3, host: '127.0.0.1', port, signal: stop.signal })),
    );
    setTimeout(() => stop.abort(new BezoarError('INTERRUPTED', 'Enough.')), 50);
    for (const error of await Promise.all(waiting)) expect(error.code).toBe('INTERRUPTED');
  });
});

describe('processes of their own', () => {
  const member = fileURLToPath(new URL('../__fixtures__/member.ts', import.meta.url));

  async function start(
    size: number,
  ): Promise<{ child: ChildProcess; lines: string[]; ended: Promise<unknown> }[]> {
    const port = await freePort();
    return Array.from({ length: size }, (_, rank) => {
      const child = spawn(process.execPath, ['--conditions=@bezoar/source', member], {
        env: {
          RANK: String(rank),
          WORLD_SIZE: String(size),
          MASTER_ADDR: '127.0.0.1',
          MASTER_PORT: String(port),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: string[] = [];
      child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.trim().split('\n')));
      return { child, lines, ended: new Promise((resolve) => child.once('close', resolve)) };
    });
  }

  it.each([0, 1])('all end at once when rank %i is killed', async (victim) => {
    const processes = await start(3);
    while (processes.some(({ lines }) => lines.length === 0))
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(processes.map(({ lines }) => lines[0])).toEqual(Array(3).fill('[6,9]'));
    const killed = performance.now();
    processes[victim]!.child.kill('SIGKILL');
    await Promise.all(processes.map(({ ended }) => ended));
    expect(performance.now() - killed).toBeLessThan(5000);
    for (const [rank, { lines }] of processes.entries()) {
      if (rank === victim) continue;
      expect(JSON.parse(lines[1]!)).toEqual({
        code: 'PEER_FAILED',
        message: `Rank ${victim} is gone: its process has ended or its machine cannot be reached.`,
      });
    }
  });
});
