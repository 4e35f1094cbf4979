/** `npm run demo`: builds the CLI and runs the quickstart recipe through it. Arguments go to the CLI. */
import { runStep, type Step } from './run-step.ts';

const steps: readonly Step[] = [
  { name: 'build', command: 'pnpm', args: ['exec', 'tsc', '--build', 'packages/bezoar'] },
  { name: 'kernels', command: 'pnpm', args: ['--filter', '@bezoar/backend-cpu', 'run', 'build:kernels'] },
  {
    name: 'demo',
    command: 'node',
    args: ['packages/bezoar/dist/bin.js', 'run', 'recipes/quickstart.yaml', ...process.argv.slice(2)],
  },
];

// Ctrl-C reaches the CLI too, which saves where it is; this program waits for it.
process.on('SIGINT', () => undefined);
// Stops at the first step that fails.
process.exitCode = steps.reduce((status, step) => (status === 0 ? runStep(step) : status), 0);
