import { BezoarError } from '@bezoar/core';
import { parse } from 'yaml';

const header = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/;

/** The licence in a card's header; undefined where there is none, or `unknown`. */
export function licenseOf(card: string): string | undefined {
  const { license } = (parse(header.exec(card)?.[1] ?? '') ?? {}) as { license?: unknown };
  return typeof license === 'string' && license !== 'unknown' ? license : undefined;
}

/** The card with this licence, and all else as it was. */
export function withLicense(card: string, license: string): string {
  return withField(card, 'license', license);
}

/** The card with another value of a field in its header. */
export function withField(card: string, name: string, value: string): string {
  const line = `${name}: ${/^[A-Za-z][\w./-]*$/.test(value) ? value : JSON.stringify(value)}`;
  const yaml = header.exec(card)?.[1];
  if (yaml === undefined) return `---\n${line}\n---\n\n${card}`;
  const known = new RegExp(`^${name}:.*$`, 'm');
  const own = known.test(yaml) ? yaml.replace(known, () => line) : `${line}\n${yaml}`;
  return card.replace(yaml, () => own);
}

/** Whether the Hub could take this for the identifier of a licence: `apache-2.0`, `other`. */
export function isLicense(text: string): boolean {
  return /^[a-z0-9][a-z0-9.+-]*$/.test(text) && text !== 'unknown';
}

/** Throws BezoarError BAD_CONFIG for what is no identifier of a licence. */
export function checkLicense(license: string): string {
  if (isLicense(license)) return license;
  throw new BezoarError('BAD_CONFIG', `--license ${JSON.stringify(license)} names no licence.`, {
    advice: 'Write an identifier that the Hub knows: apache-2.0, mit, cc-by-4.0, llama3.1, other, ….',
  });
}
