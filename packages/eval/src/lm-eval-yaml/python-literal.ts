import { formatFloat } from '../python-text.ts';

/** `str(value)` for what JSON can hold. */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

/** `repr(value)` for what JSON can hold. */
function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : formatFloat(value);
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  const entries = Object.entries(value).map(([key, each]) => `${quoted(key)}: ${pythonRepr(each)}`);
  return `{${entries.join(', ')}}`;
}

/** In single quotes, unless the text has some and no double ones. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };
  const body = Array.from(text, (character) => {
    if (character === quote) return `\\${quote}`;
    return names[character] ?? character;
  });
  return `${quote}${body.join('')}${quote}`;
}

/**
 * A list of strings and whole numbers in Python's notation, as `ast.literal_eval` reads it; undefined for anything else.
 */
export function parsePythonList(text: string): (string | number)[] | undefined {
  const inner = /^\s*\[([\s\S]*)\]\s*$/.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const items: (string | number)[] = [];
  const item = /\s*(?:'((?:[^'\\]|\\[\s\S])*)'|"((?:[^"\\]|\\[\s\S])*)"|(-?\d+))\s*(,|$)/y;
  while (item.lastIndex < inner.length) {
    if (inner.slice(item.lastIndex).trim() === '') break;
    const match = item.exec(inner) as (string | undefined)[] | null;
    if (match === null) return undefined;
    const [, single, double, number] = match;
    items.push(number === undefined ? unescape(single ?? double ?? '') : Number(number));
  }
  return items;
}

function unescape(text: string): string {
  const names: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
  return text.replace(/\\([\s\S])/g, (_, character: string) => names[character] ?? character);
}
