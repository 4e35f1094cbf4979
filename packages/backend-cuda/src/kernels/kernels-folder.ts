/** Where `build:kernels` puts its results; the same from src/ and from dist/. */
export const kernelsFolder: URL = new URL('../../lib/kernels/', import.meta.url);

/** Their sources. */
export const sourcesFolder: URL = new URL('../../kernels/', import.meta.url);
