import { html, type Html } from './html.ts';

export interface NumberTableOptions {
  /** What it is, for those who do not see it. */
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: readonly Html[];
  /** Sums of all rows. */
  readonly foot?: Html | undefined;
  readonly caption?: string;
  /** Numbers end at the same place. */
  readonly alignsRight?: boolean;
}

/** A table under named columns; where the page is too narrow for it, it scrolls by itself, by keyboard too. */
export function numberTable(options: NumberTableOptions): Html {
  const { label, columns, rows, foot, caption, alignsRight = false } = options;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${label}">
    <table class="numbers${alignsRight && ' right'}">
      ${
        caption !== undefined &&
        html`<caption class="hidden">
          ${caption}
        </caption>`
      }
      <thead>
        <tr>
          ${columns.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
      ${
        foot !== undefined &&
        html`<tfoot>
          ${foot}
        </tfoot>`
      }
    </table>
  </div>`;
}
