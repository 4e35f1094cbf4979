import { createHash } from 'node:crypto';
import { html, type Html } from './html.ts';
import { pageScript } from './page-script.ts';
import { style } from './style.ts';

export interface PageSection {
  /** Where links lead: letters and dashes. */
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

export interface PageParts {
  readonly title: string;
  /** Below the title. */
  readonly subtitle: Html;
  /** In order; the contents list them, but for the first one, which has no visible title. */
  readonly sections: readonly PageSection[];
  readonly footer: string;
}

/** A page that needs nothing else: no font, no image, no script from outside. */
export function renderPage({ title, subtitle, sections, footer }: PageParts): string {
  const [first, ...others] = sections;
  const main = html`<main>
    ${first !== undefined && section(first, 'hidden')} ${others.map((each) => section(each))}
  </main>`;
  const script = main.markup.includes('data-plot="') ? pageScript : undefined;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy(script)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title} · Bezoar</title>
        <style>
          ${{ markup: style }}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p>${subtitle}</p>
        </header>
        ${others.length > 1 && contents(others)} ${main}
        <footer>${footer}</footer>
        ${script !== undefined && { markup: `<script>${script}</script>` }}
      </body>
    </html> `;
  return page.markup;
}

/** Nothing is fetched, sent or embedded, and no script runs but the page's own: also if something got by the escaping. */
function policy(script: string | undefined): string {
  const own =
    script === undefined
      ? []
      : [`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`];
  const rules = ["default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'"];
  return [...rules, ...own].join('; ');
}

function contents(sections: readonly PageSection[]): Html {
  return html`<nav aria-label="Contents">
    <ol>
      ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
    </ol>
  </nav>`;
}

function section({ id, title, content }: PageSection, look?: string): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title" ${look !== undefined && html`class="${look}"`}>${title}</h2>
    ${content}
  </section>`;
}
