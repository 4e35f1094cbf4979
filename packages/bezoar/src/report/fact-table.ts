import { html, type Html } from './html.ts';

/** Names and values; the caption is for those who do not see the page. */
export function factTable(caption: string, facts: readonly (readonly [string, string])[]): Html {
  return html`<table class="settings">
    <caption class="hidden">
      ${caption}
    </caption>
    ${facts.map(
      ([key, value]) =>
        html`<tr>
          <th scope="row">${key}</th>
          <td>${value}</td>
        </tr>`,
    )}
  </table>`;
}
