import { spawn, spawnSync } from 'node:child_process';

export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Runs one step under a heading, its output going straight to the terminal. Returns its exit status. */
export function runStep(step: Step): number {
  console.log(headingOf(step));
  const started = performance.now();
  const { status, signal, error } = spawnSync(step.command, step.args, { stdio: 'inherit' });
  console.log(outcomeOf(step, { status, why: error?.message ?? signal, started }));
  return status ?? 1;
}

/** Runs steps two at a time, each one's output shown as a whole when it has ended. Returns the names of those that failed. */
export async function runSideBySide(steps: readonly Step[]): Promise<readonly string[]> {
  const queue = [...steps];
  const failed: string[] = [];
  const work = async (): Promise<void> => {
    for (let step = queue.shift(); step; step = queue.shift())
      if ((await runQuietly(step)) !== 0) failed.push(step.name);
  };
  await Promise.all([work(), work()]);
  return failed;
}

function runQuietly(step: Step): Promise<number> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(step.command, step.args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const end = (status: number | null, why: string | null): void => {
      console.log(`${headingOf(step)}\n${output}${outcomeOf(step, { status, why, started })}`);
      resolve(status ?? 1);
    };
    child.on('error', (error) => end(null, error.message));
    child.on('close', end);
  });
}

function headingOf({ name, command, args }: Step): string {
  return `\n── ${name}: ${[command, ...args].join(' ')}`;
}

interface Outcome {
  readonly status: number | null;
  /** Of a step that could not be started, or was killed. */
  readonly why: string | null;
  readonly started: number;
}

function outcomeOf({ name }: Step, { status, why, started }: Outcome): string {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return `── ${name}: ${status === 0 ? 'ok' : `failed (${why ?? `exit ${status}`})`}, ${seconds} s`;
}
