import { publishFolder } from '../publish/publish-folder.ts';

/** A process that publishes a folder as a model and prints the commit: `node publish-folder.ts NAME FOLDER`, settings in the environment. */
const [name = '', folder = ''] = process.argv.slice(2);
const { commit } = await publishFolder({
  repo: { type: 'model', name },
  folder,
  message: 'by a process',
  env: process.env,
});
process.stdout.write(String(commit));
