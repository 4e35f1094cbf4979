import type { InspectedToken } from './inspect-row.ts';

/** Neighbouring tokens alternate between two shades, so that their borders are seen. */
const shades = {
  prompt: ['\u001b[2m', '\u001b[90m'],
  target: ['\u001b[32m', '\u001b[92m'],
} as const;
const inverse = '\u001b[7m';
const reset = '\u001b[0m';

/**
 * Tokens as text for a terminal: prompts dim, targets green, special tokens inverse. Without colours targets stand between « and »,
 * special tokens between ⟨ and ⟩. Line breaks are shown, and control characters as pictures: a row cannot write to the terminal.
 */
export function showTokens(tokens: readonly InspectedToken[], colors: boolean): string {
  if (colors) {
    return tokens
      .map(({ text, target, special }, index) => {
        const shade = shades[target ? 'target' : 'prompt'][index % 2]!;
        // A colour that spans a line break paints the rest of the line on some terminals.
        const lines = visible(text).split('\n');
        return lines
          .map((line) => (line === '' ? '' : `${shade}${special ? inverse : ''}${line}${reset}`))
          .join('\n');
      })
      .join('');
  }
  let shown = '';
  let inTarget = false;
  for (const { text, target, special } of tokens) {
    if (target !== inTarget) shown += target ? '«' : '»';
    inTarget = target;
    shown += special ? `⟨${visible(text)}⟩` : visible(text);
  }
  return inTarget ? `${shown}»` : shown;
}

function visible(text: string): string {
  return text
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, (char) =>
      char === '\u007f' ? '␡' : String.fromCharCode(0x2400 + char.charCodeAt(0)),
    )
    .replace(/[\u0080-\u009f]/g, '�')
    .replaceAll('\n', '↵\n');
}
