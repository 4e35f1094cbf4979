import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process and all of stderr so far, whenever something is written there. */
  readonly onStderr?: (process: ChildProcess, text: string) => void;
}

const bin = fileURLToPath(new URL('../bin.ts', import.meta.url));

/** Runs the CLI from source as a process of its own. No API key reaches it unless it is given. */
export function spawnCli(args: readonly string[], options: SpawnOptions = {}): Promise<CliResult> {
  const child = spawn(process.execPath, ['--conditions=@bezoar/source', bin, ...args], {
    cwd: options.cwd,
    env: { PATH: process.env['PATH'], ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(child, stderr);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
