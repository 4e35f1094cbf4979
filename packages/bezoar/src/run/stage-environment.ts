import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';
import { z } from 'zod';
import { bezoarVersion } from '../version.ts';

/** On what a stage ran. No name of a machine, a person or a place is in it. */
export interface StageEnvironment {
  /** Versions. */
  readonly bezoar: string;
  readonly node: string;
  /** `linux x64 6.8.0` */
  readonly os: string;
  /** The processor's own name. */
  readonly cpu: string;
  /** That this process may use. */
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** Device, tier and precision, as the backend says it; of stages that compute. */
  readonly backend?: string | undefined;
  /** That have trained together. */
  readonly processes?: number | undefined;
  /** Of the repository that the recipe lies in. */
  readonly git?: GitState | undefined;
}

export interface GitState {
  readonly commit: string;
  /** Files that git knows are not as the commit has them. */
  readonly changed: boolean;
}

export const stageEnvironmentSchema: z.ZodType<StageEnvironment> = z.object({
  bezoar: z.string(),
  node: z.string(),
  os: z.string(),
  cpu: z.string(),
  cores: z.number(),
  memory: z.number(),
  backend: z.string().optional(),
  processes: z.number().optional(),
  git: z.object({ commit: z.string(), changed: z.boolean() }).optional(),
});

/** Of this machine, for a recipe in a folder. */
export async function readEnvironment(folder: string): Promise<StageEnvironment> {
  const git = await readGit(folder);
  return {
    bezoar: bezoarVersion(),
    node: process.version,
    // Only numbers of a release: distributors and owners of a machine name theirs.
    os: `${os.platform()} ${os.arch()} ${/^[\d.]+\d/.exec(os.release())?.[0] ?? ''}`.trim(),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memory: os.totalmem(),
    ...(git === undefined ? {} : { git }),
  };
}

const run = promisify(execFile);

/** Undefined where there is no git, or no repository. */
async function readGit(folder: string): Promise<GitState | undefined> {
  // What a repository's own settings would start is not started for a look at it.
  const git = async (...args: string[]): Promise<string> =>
    (
      await run('git', ['-c', 'core.fsmonitor=false', ...args], { cwd: folder, timeout: 10_000 })
    ).stdout.trim();
  try {
    const commit = await git('rev-parse', '--verify', 'HEAD');
    const status = await git('--no-optional-locks', 'status', '--porcelain', '--untracked-files=no');
    return { commit, changed: status !== '' };
  } catch {
    return undefined;
  }
}
