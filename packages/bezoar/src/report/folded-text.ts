import { html, type Html } from './html.ts';

const shortLimit = 360;
const longLimit = 6000;

/** A text that somebody else has written, in its own direction; what is long is folded, what is very long is cut. */
export function foldedText(text: string): Html {
  const whole = text.trim();
  if (whole === '') return html`<p class="text"><em>(nothing)</em></p>`;
  if (whole.length <= shortLimit) return html`<p class="text" dir="auto">${whole}</p>`;
  const start = cut(whole, shortLimit);
  const shown = cut(whole, longLimit);
  const rest = whole.length - shown.length;
  return html`<details class="text">
    <summary dir="auto">${start}… <small>${whole.length.toLocaleString('en')} characters</small></summary>
    <p class="text" dir="auto">
      ${shown.slice(start.length)}${rest > 0 && html`… <em>${rest.toLocaleString('en')} more characters</em>`}
    </p>
  </details>`;
}

/** Never between the halves of a character. */
function cut(text: string, limit: number): string {
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}
