import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { root } from '../../workspace/read-packages.ts';
import { pagePath } from './page-path.ts';

export interface SiteLinkOptions {
  /** Absolute path of the Markdown file that has the link. */
  readonly from: string;
  /** Where the files of the checkout can be read: `https://host/org/repository/blob/main`. */
  readonly sources?: string | undefined;
}

/**
 * What a link of a Markdown file is on the site. Links are written for readers of the repository: relative to the file, also out of docs/.
 * One to a page becomes the page's place on the site; one to any other file, its place in `sources`, or undefined when there are none. One
 * to nothing stays as it is, and VitePress ends the build on it.
 */
export function siteLink(href: string, { from, sources }: SiteLinkOptions): string | undefined {
  if (/^([a-z]+:|#|\/)/i.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const fragment = anchor === undefined ? '' : `#${anchor}`;
  const target = resolve(dirname(from), decodeURI(path));
  const file = relative(root, target).replaceAll('\\', '/');
  const page = pagePath(file);
  if (page !== undefined) return `/${page}${fragment}`;
  if (!existsSync(join(root, file))) return href;
  if (sources === undefined) return undefined;
  return `${statSync(target).isDirectory() ? sources.replace('/blob/', '/tree/') : sources}/${file}${fragment}`;
}
