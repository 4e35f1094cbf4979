import { resolve } from 'node:path';
import { defineConfig } from 'vitepress';
import { createSidebar } from '../../tooling/docs/site/create-sidebar.ts';
import { headingSlug } from '../../tooling/docs/site/heading-slug.ts';
import { linkPlugin } from '../../tooling/docs/site/link-plugin.ts';
import { pagePath } from '../../tooling/docs/site/page-path.ts';
import { referenceLinks } from '../../tooling/docs/site/reference-links.ts';
import { renderForSearch } from '../../tooling/docs/site/render-for-search.ts';

const root = resolve(import.meta.dirname, '../..');
/** `https://host/org/repository/blob/main`: where links to files that are no page lead. They are plain text without it. */
const sources = process.env['BEZOAR_DOCS_SOURCES'];
/** The path under which the site is served, `/repository/` on GitHub Pages. */
const base = process.env['BEZOAR_DOCS_BASE'] ?? '/';

/**
 * Pages are rendered from where they lie in the checkout, READMEs of packages too, so nothing is written or copied twice. tooling/docs/site says
 * where each one stands on the site, and makes the reference in docs/api before VitePress starts.
 */
export default defineConfig({
  title: 'Bezoar',
  description: 'The post-training toolkit for TypeScript: synthetic data, QLoRA, DPO, evaluation.',
  lang: 'en',
  base,
  srcDir: root,
  outDir: resolve(root, '.cache/site'),
  cacheDir: resolve(root, '.cache/vitepress'),
  srcExclude: ['!(CONTRIBUTING).md', '{bench,runs,tooling}/**', 'packages/*/*/**', 'packages/*/!(README).md'],
  rewrites: (file) => pagePath(file) ?? file,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}bezoar.svg` }]],
  markdown: {
    // The default's green is too pale on the grey of code.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
    anchor: { slugify: headingSlug },
    config: (md) => void md.use(linkPlugin(sources)),
  },
  vite: {
    plugins: [referenceLinks()],
    publicDir: resolve(root, 'docs/public'),
    // Vite would look for pages to prepare all over the checkout.
    optimizeDeps: { entries: [] },
    build: { chunkSizeWarningLimit: 4000 },
    server: { watch: { ignored: ['**/{dist,lib,runs,.cache}/**'] } },
  },
  themeConfig: {
    logo: '/bezoar.svg',
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Recipes', link: '/recipes' },
      { text: 'Command line', link: '/cli' },
      { text: 'API', link: '/api/', activeMatch: '/api/(?!commands)' },
    ],
    sidebar: createSidebar(),
    outline: { level: [2, 3] },
    search: { provider: 'local', options: { _render: renderForSearch } },
    ...(sources === undefined
      ? {}
      : { socialLinks: [{ icon: 'github', link: sources.replace(/\/blob\/.*/, '') }] }),
    footer: { message: 'Apache License 2.0' },
  },
});
