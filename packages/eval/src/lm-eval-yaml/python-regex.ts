import { BezoarError } from '@bezoar/core';

/** Python's inline flags that JavaScript has too. */
const knownFlags = /^\(\?([ims]+)\)/;

/**
 * A pattern of Python's `re` as a JavaScript one with the flag g. Throws BezoarError UNSUPPORTED that names `what` where that cannot be.
 */
export function pythonRegex(pattern: string, what: string): RegExp {
  const flags = knownFlags.exec(pattern)?.[1] ?? '';
  const body = pattern
    .replace(knownFlags, '')
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replaceAll('\\A', '^')
    .replaceAll('\\Z', '$')
    // Python's $ matches before a line break at the end too.
    .replace(/(?<!\\)\$$/, '(?=\\n?$$(?![\\s\\S]))');
  try {
    return new RegExp(body, `g${flags}`);
  } catch (cause) {
    throw new BezoarError(
      'UNSUPPORTED',
      `${what} cannot be read as a pattern: ${(cause as Error).message}.`,
      {
        advice: 'Write the pattern without what only Python has.',
        cause,
      },
    );
  }
}
