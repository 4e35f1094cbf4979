import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Where `build:kernels` puts its results; the same from src/ and from dist/. */
const libraryFolder: URL = new URL('../lib/', import.meta.url);

/**
 * Files of the two tiers. The native library is the one in the folder where there is one: a build for this machine. Else it
 * comes from the package for this platform, an optional dependency.
 */
export function libraryFiles(folder?: URL): { readonly wasm: string; readonly native: string } {
  const { platform, arch } = process;
  const suffix = platform === 'win32' ? 'dll' : 'so';
  const [wasm, own] = ['kernels.wasm', `kernels-${platform}-${arch}.${suffix}`].map((name) =>
    fileURLToPath(new URL(name, folder ?? libraryFolder)),
  ) as [string, string];
  if (folder !== undefined || existsSync(own)) return { wasm, native: own };
  return {
    wasm,
    native: resolvePackaged(`@bezoar/backend-cpu-${platform}-${arch}/kernels.${suffix}`) ?? own,
  };
}

function resolvePackaged(specifier: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(specifier);
  } catch {
    return undefined;
  }
}
