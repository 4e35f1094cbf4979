/** Markup that is safe to put into a page as it is. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | undefined | false | readonly Part[];

/** A template of markup: texts and numbers are escaped, markup and lists of it are not, nothing becomes nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = strings.map((text, index) => (index === 0 ? text : render(parts[index - 1]) + text));
  return { markup: markup.join('') };
}

function render(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return 'markup' in part ? part.markup : part.map(render).join('');
}

/** Control characters are none of a page's: they are shown as pictures. */
function escapeHtml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, (char) =>
      char === '\r' ? '' : char === '\u007f' ? '␡' : String.fromCharCode(0x2400 + char.charCodeAt(0)),
    )
    .replace(/[\u0080-\u009f]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
