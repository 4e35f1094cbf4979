import { execFile } from 'node:child_process';
import { dirname, delimiter } from 'node:path';
import { promisify } from 'node:util';

export interface RunToolOptions {
  readonly cwd: string;
  /** The Node that the tool finds first; this process's own by default. */
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const run = promisify(execFile);

/**
 * Runs a command as somebody would who has never heard of this workspace: without what pnpm puts into the environment.
 * Returns what it printed, stderr first; throws with the same when it fails.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  { cwd, node = process.execPath, env = {} }: RunToolOptions,
): Promise<{ stdout: string; stderr: string }> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm|pnpm)_/.test(name) && name !== 'NODE_PATH' && name !== 'NODE_OPTIONS',
  );
  const path = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`;
  try {
    // On Windows npm and pnpm are scripts of the shell.
    return await run(command, args, {
      cwd,
      env: { ...Object.fromEntries(inherited), PATH: path, ...env },
      maxBuffer: 1 << 26,
      shell: process.platform === 'win32' && !command.endsWith('.exe'),
    });
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${[command, ...args].join(' ')}\n${`${stderr}${stdout}`.trim() || message}`, {
      cause: error,
    });
  }
}
