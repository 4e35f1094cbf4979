import { fileURLToPath } from 'node:url';

/** Where `build:kernels` puts its results; the same from src/ and from dist/. */
const libraryFolder: URL = new URL('../lib/', import.meta.url);

/** Files of the two tiers in a library folder. */
export function libraryFiles(folder: URL = libraryFolder): {
  readonly wasm: string;
  readonly native: string;
} {
  const suffix = process.platform === 'win32' ? 'dll' : 'so';
  return {
    wasm: fileURLToPath(new URL('kernels.wasm', folder)),
    native: fileURLToPath(new URL(`kernels-${process.platform}-${process.arch}.${suffix}`, folder)),
  };
}
