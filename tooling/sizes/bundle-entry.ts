import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';

/**
 * Bytes of an entry point, minified and gzipped, as a page would load it: with all that it imports from its own package, and
 * nothing from others.
 */
export async function bundleEntry(file: string): Promise<number> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      modulePreload: false,
      rolldownOptions: {
        input: file,
        // An entry's exports are all used, by somebody.
        preserveEntrySignatures: 'strict',
        external: (id) => !/^(\.|\/|\w:)/.test(id),
      },
    },
  });
  const { output } = (Array.isArray(result) ? result[0] : result) as Rolldown.RolldownOutput;
  const code = output.filter((chunk) => chunk.type === 'chunk').map((chunk) => chunk.code);
  return gzipSync(code.join('\n'), { level: 9 }).length;
}
