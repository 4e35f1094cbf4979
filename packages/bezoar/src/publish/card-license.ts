import { BezoarError } from '@bezoar/core';
import { parse } from 'yaml';

const header = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/;
const licenseLine = /^license:.*$/m;

/** The licence in a card's header; undefined where there is none, or `unknown`. */
export function licenseOf(card: string): string | undefined {
  const { license } = (parse(header.exec(card)?.[1] ?? '') ?? {}) as { license?: unknown };
  return typeof license === 'string' && license !== 'unknown' ? license : undefined;
}

/** The card with this licence, and all else as it was. */
export function withLicense(card: string, license: string): string {
  const yaml = header.exec(card)?.[1];
  if (yaml === undefined) return `---\nlicense: ${license}\n---\n\n${card}`;
  const own = licenseLine.test(yaml)
    ? yaml.replace(licenseLine, () => `license: ${license}`)
    : `license: ${license}\n${yaml}`;
  return card.replace(yaml, () => own);
}

/** Throws BezoarError BAD_CONFIG for what is no identifier of a licence. */
export function checkLicense(license: string): string {
  if (/^[a-z0-9][a-z0-9.+-]*$/.test(license) && license !== 'unknown') return license;
  throw new BezoarError('BAD_CONFIG', `--license ${JSON.stringify(license)} names no licence.`, {
    advice: 'Write an identifier that the Hub knows: apache-2.0, mit, cc-by-4.0, llama3.1, other, ….',
  });
}
