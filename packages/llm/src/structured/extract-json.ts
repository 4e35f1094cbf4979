/**
 * The first JSON object in a reply: alone, in a code fence, or with prose around it. Undefined when there is none that
 * parses.
 */
export function extractJson(text: string): unknown {
  return jsonObjects(text).next().value;
}

/**
 * All JSON objects of a reply that stand in no other one, in order. Prose in braces is skipped. A reply that is little else than
 * braces, as of a model that repeats itself, is given up after a while: every one of them could be a beginning.
 */
export function* jsonObjects(text: string): Generator<unknown, undefined> {
  let patience = 100_000 + 20 * text.length;
  for (let start = text.indexOf('{'); start >= 0 && patience > 0; start = text.indexOf('{', start + 1)) {
    const end = closingBrace(text, start);
    patience -= (end < 0 ? text.length : end) - start;
    if (end < 0) continue;
    let value: unknown;
    try {
      value = JSON.parse(text.slice(start, end + 1));
    } catch {
      // Prose in braces; the next one may be the object.
      continue;
    }
    yield value;
    start = end;
  }
  return undefined;
}

/** The brace that closes the one at `start`, strings skipped; −1 when it stays open. */
function closingBrace(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return i;
  }
  return -1;
}
