import type { MarkdownEnv } from 'vitepress';

/** The part of markdown-it that is needed. */
interface Renderer {
  render(markdown: string, env: MarkdownEnv): string;
}

/**
 * HTML of a page for the search index, which makes an entry of every heading. In the reference an entry is an export: the headings
 * inside of it ("Parameters", "Returns") become text.
 */
export function renderForSearch(markdown: string, env: MarkdownEnv, md: Renderer): string {
  const html = md.render(markdown, env);
  return env.relativePath.startsWith('docs/api/') ? html.replace(/<(\/?)h[4-6]\b/g, '<$1p') : html;
}
