import { readSnippets } from './read-snippets.ts';

/** A call of the command line that a document shows. */
export interface ShownCommand {
  /** 1-based. */
  readonly line: number;
  /** What follows `bezoar`, in words without their quotes. */
  readonly words: readonly string[];
  /** From a shell block, which people copy; otherwise named in the text, perhaps in part. */
  readonly isWhole: boolean;
}

const ends = /^(;|&&|\|\|?|>>?|2>&1|<)$/;

/** Every `bezoar …` of a document: in its shell blocks (also behind npx, pnpm, torchrun), and in its text between backticks. */
export function readCommands(markdown: string): readonly ShownCommand[] {
  const shell = readSnippets(markdown, 'sh').flatMap(({ line, code }) =>
    joinedLines(code).flatMap(({ text, offset }) => {
      const words = callIn(text);
      return words ? [{ line: line + offset, words, isWhole: true }] : [];
    }),
  );
  const prose = markdown.replace(/^ *```[\s\S]*?^ *```$/gm, (block) => block.replace(/[^\n]/g, ' '));
  const named = Array.from(prose.matchAll(/`(bezoar [^`]+)`/g), (match) => ({
    line: prose.slice(0, match.index).split('\n').length,
    words: callIn(match[1]!.replaceAll('\\|', '|'))!,
    isWhole: false,
  }));
  return [...shell, ...named];
}

/** Flags that stand alone between backticks: `--lora-r`. */
export function readFlags(markdown: string): readonly string[] {
  return Array.from(markdown.matchAll(/`(--[a-z][a-z0-9_-]*)[^`]*`/g), ([, flag = '']) => flag);
}

/** Lines of a shell block, those that end in a backslash joined with the next. */
function joinedLines(code: string): readonly { readonly text: string; readonly offset: number }[] {
  const lines: { text: string; offset: number }[] = [];
  let isOpen = false;
  for (const [offset, raw] of code.split('\n').entries()) {
    const text = raw.replace(/(^|\s)#.*$/, '');
    if (isOpen) lines.at(-1)!.text += ` ${text.replace(/\\$/, '')}`;
    else lines.push({ text: text.replace(/\\$/, ''), offset });
    isOpen = text.endsWith('\\');
  }
  return lines;
}

function callIn(line: string): readonly string[] | undefined {
  const words = Array.from(line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'";])+|;/g), ([text]) =>
    text.replace(/^(['"])(.*)\1$/, '$2'),
  );
  const at = words.findIndex((text) => /^(.*\/)?bezoar$/.test(text));
  if (at < 0 || /^(install|add|alias|-p)$/.test(words[at - 1] ?? '')) return undefined;
  const rest = words.slice(at + 1);
  const end = rest.findIndex((text) => ends.test(text));
  return end < 0 ? rest : rest.slice(0, end);
}
