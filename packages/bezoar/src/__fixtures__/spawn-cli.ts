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
  /** Makes the process the leader of a group, to be killed together with all that it starts. */
  readonly detached?: boolean;
  /** Called with the process and all of stderr so far, whenever something is written there. */
  readonly onStderr?: (process: ChildProcess, text: string) => void;
}

export interface RunningCli {
  readonly process: ChildProcess;
  readonly ended: Promise<CliResult>;
}

const bin = fileURLToPath(new URL('../bin.ts', import.meta.url));
/** Hundreds of times the same sources: what Node made of them is kept, which halves the time of a start. */
const compiled = fileURLToPath(new URL('../../../../.cache/compiled', import.meta.url));

/** Runs the CLI from source as a process of its own. No API key reaches it unless it is given. */
export function spawnCli(args: readonly string[], options: SpawnOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended;
}

/** The same, for tests that do something to the process while it runs. */
export function startCli(args: readonly string[], options: SpawnOptions = {}): RunningCli {
  const child = spawn(process.execPath, ['--conditions=@bezoar/source', bin, ...args], {
    cwd: options.cwd,
    detached: options.detached ?? false,
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: compiled, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.onStderr?.(child, stderr);
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { process: child, ended };
}
