export interface Snippet {
  /** 1-based line of the document on which the code begins. */
  readonly line: number;
  readonly code: string;
}

/** The blocks of a Markdown document in a language, TypeScript unless another is named; indented ones too. */
export function readSnippets(markdown: string, language = 'ts'): readonly Snippet[] {
  const fence = new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\`$`, 'gm');
  return [...markdown.matchAll(fence)].map((match) => ({
    line: markdown.slice(0, match.index).split('\n').length + 1,
    code: match[2]!.replaceAll(new RegExp(`^${match[1]!}`, 'gm'), ''),
  }));
}
