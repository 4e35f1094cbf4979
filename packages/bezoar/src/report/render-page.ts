import { html, type Html } from './html.ts';
import { style } from './style.ts';

export interface PageParts {
  readonly title: string;
  /** Below the title. */
  readonly subtitle: Html;
  readonly main: Html;
  readonly footer: string;
}

/** A page that needs nothing else: no script, no font, no image from outside. */
export function renderPage({ title, subtitle, main, footer }: PageParts): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
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
        <main>${main}</main>
        <footer>${footer}</footer>
      </body>
    </html> `;
  return page.markup;
}
