import { defineConfig } from 'vite';

/** The page runs from any folder of any site: all addresses are relative. Packages are taken from their sources. */
export default defineConfig({
  base: './',
  resolve: { conditions: ['@bezoar/source', 'module', 'browser', 'import', 'default'] },
  worker: { format: 'es' },
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
