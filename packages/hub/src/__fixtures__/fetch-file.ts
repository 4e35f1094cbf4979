import { openHubSnapshot } from '../snapshot/open-hub-snapshot.ts';

/** A process that fetches one file of a model and prints its path: `node fetch-file.ts NAME FILE`, settings in the environment. */
const [name = '', file = ''] = process.argv.slice(2);
const snapshot = await openHubSnapshot({
  repo: { type: 'model', name },
  env: process.env,
  idleTimeoutMs: Number(process.env['IDLE_MS'] ?? 60_000),
});
process.stdout.write(await snapshot.fetchFile(file));
