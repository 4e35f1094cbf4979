/** The texts between `<example>` tags, trimmed. A tag that stays open at the end of the reply (cut off) is left out. */
export function parseInstructions(reply: string): string[] {
  return Array.from(reply.matchAll(/<example>([\s\S]*?)<\/example>/gi), ([, text = '']) => text.trim());
}

/** Topics of a topic reply: one per line, without list marks or quotes. */
export function parseTopics(reply: string): string[] {
  const topics = reply
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*(?:[-*\u2022]|\d+[.)])\s*/, '')
        .replace(/^["']|["'.]+$/g, '')
        .trim(),
    )
    .filter((topic) => topic !== '' && topic.split(/\s+/).length <= 4);
  return [...new Set(topics)];
}
