import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface SiteOptions {
  /** Folder of the built site. */
  readonly folder: string;
  /** The path under which it is served, with slashes around. */
  readonly base: string;
}

const attribute = (name: string): RegExp => new RegExp(`<[a-z][a-z0-9-]* [^>]*?\\b${name}="([^"]*)"`, 'g');
const isElsewhere = (url: string): boolean => /^([a-z]+:)?\/\//i.test(url);

/** What is wrong with the pages of a site, one sentence each: links to no page or no heading, and files that a browser would fetch from elsewhere. */
export function siteProblems({ folder, base }: SiteOptions): readonly string[] {
  const files = new Set(
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/')),
  );
  const pages = new Map(
    [...files]
      .filter((name) => name.endsWith('.html'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
  const headings = new Map([...pages].map(([name, html]) => [name, new Set(all(html, 'id'))]));

  return [...pages].flatMap(([name, html]) => {
    const fetched = [
      ...all(html, 'src'),
      ...Array.from(html.matchAll(/<link [^>]*?href="([^"]*)"/g), ([, url = '']) => url),
    ];
    const links = Array.from(html.matchAll(/<a [^>]*?href="([^"]*)"/g), ([, url = '']) => url);
    return [
      ...fetched.filter(isElsewhere).map((url) => `${name} fetches ${url}.`),
      ...new Set(links.flatMap((link) => linkProblem(link, name))),
    ];
  });

  function linkProblem(link: string, from: string): string[] {
    if (isElsewhere(link) || /^(mailto:|data:)/.test(link)) return [];
    const [path = '', anchor = ''] = decodeURI(link).split('#');
    if (path.startsWith('/') && !path.startsWith(base))
      return [`${from} links to ${link}, outside of ${base}.`];
    const target = targetOf(path, from);
    if (!files.has(target)) return [`${from} links to ${link}, which does not exist.`];
    const isThere = anchor === '' || headings.get(target)?.has(anchor) !== false;
    return isThere ? [] : [`${from} links to ${link}, where there is no such heading.`];
  }

  function targetOf(path: string, from: string): string {
    if (path === '') return from;
    const target = path.startsWith('/') ? path.slice(base.length) : posix.join(posix.dirname(from), path);
    return target === '' || target === '.' || target.endsWith('/')
      ? posix.join(target, 'index.html')
      : target;
  }
}

function all(html: string, name: string): string[] {
  return Array.from(html.matchAll(attribute(name)), ([, value = '']) => value);
}
