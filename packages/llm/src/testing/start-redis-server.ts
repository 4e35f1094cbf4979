import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface RedisServer {
  /** `redis://127.0.0.1:PORT`, with the password if there is one. */
  readonly url: string;
  readonly port: number;
  /** Kills it; what it held is lost. */
  close(): Promise<void>;
}

export interface RedisServerOptions {
  readonly password?: string;
  /** A free one by default. */
  readonly port?: number;
}

const program = 'redis-server';

/** Whether there is a redis-server on PATH. */
export function hasRedisServer(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** A real redis-server of its own on loopback, in memory only: for tests of programs that share a queue. */
export async function startRedisServer({ password, port }: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bezoar-redis-'));
  const chosen = port ?? (await freePort());
  const settings = [
    '--port',
    `${chosen}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const secret = password === undefined ? [] : ['--requirepass', password];
  const child = spawn(program, [...settings, ...secret], { stdio: ['ignore', 'pipe', 'inherit'] });
  // It must not outlive the tests.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exit = new Promise((resolve) => child.once('exit', resolve));
  await ready(child);
  return {
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${chosen}`,
    port: chosen,
    async close() {
      process.off('exit', kill);
      child.kill('SIGKILL');
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${program} did not start: ${said}`)));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('Ready to accept connections')) resolve();
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
