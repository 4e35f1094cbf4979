import { spawnSync } from 'node:child_process';

export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Runs one step under a heading, its output going straight to the terminal. Returns its exit status. */
export function runStep(step: Step): number {
  console.log(`\n── ${step.name}: ${[step.command, ...step.args].join(' ')}`);
  const started = performance.now();
  const result = spawnSync(step.command, step.args, { stdio: 'inherit' });
  const status = result.status ?? 1;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `── ${step.name}: ${status === 0 ? 'ok' : `failed (${result.error?.message ?? result.signal ?? `exit ${status}`})`}, ${seconds} s`,
  );
  return status;
}
