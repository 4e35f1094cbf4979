import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Stands here and not in package.json's `packageManager`: see docs/decisions/0005-pnpm-without-a-package-manager-pin.md. */
const version = '12.21.0';

/** Runs pnpm in the checkout, its output going straight to the terminal, and returns the exit status. */
export function pnpm(args) {
  const result = spawnSync('npx', ['--yes', `pnpm@${version}`, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: environment(),
  });
  if (result.error) throw result.error;
  return result.status ?? 1;
}

/** `npm --silent test` is about npm's own lines: what runs inside still says why it failed. */
function environment() {
  const env = { ...process.env };
  delete env.npm_config_loglevel;
  return env;
}
