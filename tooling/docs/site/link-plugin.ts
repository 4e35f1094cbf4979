import type { MarkdownRenderer } from 'vitepress';
import { siteLink } from './site-link.ts';

/** For markdown-it: links that are right in the repository become right on the site; see `siteLink`. */
export function linkPlugin(sources: string | undefined): (md: MarkdownRenderer) => void {
  return (md) => {
    md.core.ruler.push('site-links', (state) => {
      const { path, realPath } = state.env as { readonly path: string; readonly realPath?: string };
      for (const block of state.tokens) {
        let isDropped = false;
        for (const token of block.children ?? []) {
          if (token.type === 'link_open') {
            const link = siteLink(token.attrGet('href') ?? '', { from: realPath ?? path, sources });
            isDropped = link === undefined;
            if (link === undefined) token.attrs = null;
            else token.attrSet('href', link);
          }
          // What can be read nowhere stays as its text.
          if (isDropped && (token.type === 'link_open' || token.type === 'link_close')) token.tag = 'span';
        }
      }
    });
  };
}
