/** Where `build:kernels` puts its results; the same from src/ and from dist/. */
export const kernelsFolder: URL = new URL('../../lib/kernels/', import.meta.url);
