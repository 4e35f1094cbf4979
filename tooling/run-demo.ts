/** `npm run demo`: builds the workspace and runs the quickstart recipe through the built CLI. Arguments go to the CLI. */
import { runStep } from './run-step.ts';

const built = runStep({ name: 'build', command: 'pnpm', args: ['run', 'build'] });
if (built !== 0) process.exit(built);

const args = ['packages/bezoar/dist/bin.js', 'run', 'recipes/quickstart.yaml', ...process.argv.slice(2)];
process.exit(runStep({ name: 'demo', command: 'node', args }));
