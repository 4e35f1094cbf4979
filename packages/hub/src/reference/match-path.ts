/** Whether a path fits a pattern: `*` and `?` stay within a folder, `**` does not, `{a,b}` is either. */
export function matchPath(path: string, pattern: string): boolean {
  const parts = pattern.split(/(\*\*\/?|\*|\?|\{[^{}]*\})/);
  return new RegExp(`^${parts.map(toRegex).join('')}$`).test(path);
}

function toRegex(part: string): string {
  if (part === '**/') return '(?:.*/)?';
  if (part === '**') return '.*';
  if (part === '*') return '[^/]*';
  if (part === '?') return '[^/]';
  if (part.startsWith('{') && part.endsWith('}'))
    return `(?:${part.slice(1, -1).split(',').map(escapeRegex).join('|')})`;
  return escapeRegex(part);
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
