/**
 * The way in from a bare machine: `node tooling/bootstrap.mjs demo|test [arguments]`.
 * Plain JavaScript for Node 20, because it runs before anything is installed: it installs the workspace (which brings
 * its own Node 24) and hands over to tooling/run-demo.ts or tooling/run-tests.ts on that Node.
 */
import { installIfNeeded } from './bootstrap/install.mjs';
import { pnpm } from './bootstrap/pnpm.mjs';

const programs = { demo: 'tooling/run-demo.ts', test: 'tooling/run-tests.ts' };
const [task, ...rest] = process.argv.slice(2);
const program = programs[task];
if (program === undefined) {
  console.error(`Usage: node tooling/bootstrap.mjs ${Object.keys(programs).join('|')} [arguments]`);
  process.exit(2);
}

// Ctrl-C reaches the programs as well, which end in their own way; this one waits for them.
process.on('SIGINT', () => undefined);

const installed = installIfNeeded();
process.exit(installed === 0 ? pnpm(['exec', 'node', program, ...rest]) : installed);
