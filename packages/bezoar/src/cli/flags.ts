import { BezoarError } from '@bezoar/core';
import type { ArgsDef } from 'citty';
import { suggestName } from '../recipe/suggest-name.ts';

export interface CheckFlagsOptions {
  readonly command: string;
  readonly args: ArgsDef;
  readonly rawArgs: readonly string[];
}

/**
 * Refuses what citty would ignore: unknown flags, positional arguments too many, flags without their value, and required
 * ones that are missing. Throws BezoarError BAD_CONFIG.
 */
export function checkFlags({ command, args, rawArgs }: CheckFlagsOptions): void {
  const positionals = Object.entries(args).filter(([, { type }]) => type === 'positional');
  const known = new Map(Object.entries(args).filter(([, { type }]) => type !== 'positional'));
  const given = new Set<string>();
  let values = 0;
  for (let i = 0; i < rawArgs.length; i++) {
    const raw = rawArgs[i]!;
    if (!raw.startsWith('-') || raw === '-') {
      values++;
      continue;
    }
    const [flag, value] = splitOnce(raw.replace(/^--?/, ''), '=');
    const name = known.has(flag) ? flag : flag.replace(/^no-/, '');
    const definition = known.get(name);
    if (definition === undefined || (name !== flag && definition.type !== 'boolean'))
      throw misuse(command, `unknown flag --${flag}`, suggestName(flag, [...known.keys()]));
    given.add(name);
    if (definition.type === 'boolean' || value !== undefined) continue;
    const next = rawArgs[++i];
    if (next === undefined || /^--[a-z]/.test(next)) throw misuse(command, `--${flag} needs a value`);
  }
  const takesMany = positionals.some(([, { valueHint }]) => valueHint?.endsWith('…') === true);
  if (values > positionals.length && !takesMany) throw misuse(command, 'too many arguments');
  const missing = positionals.slice(values).find(([, { required }]) => required === true)?.[0];
  if (missing !== undefined) throw misuse(command, `the ${missing} is missing`);
  const absent = [...known].find(([name, { required }]) => required === true && !given.has(name))?.[0];
  if (absent !== undefined) throw misuse(command, `--${absent} is missing`);
}

/** The value of a flag, and the arguments without it. */
export function takeFlag(
  name: string,
  rawArgs: readonly string[],
): { readonly value: string | undefined; readonly rest: readonly string[] } {
  const at = rawArgs.findIndex((raw) => raw === `--${name}` || raw.startsWith(`--${name}=`));
  if (at < 0) return { value: undefined, rest: rawArgs };
  const [, inline] = splitOnce(rawArgs[at]!, '=');
  return { value: inline ?? rawArgs[at + 1], rest: rawArgs.toSpliced(at, inline === undefined ? 2 : 1) };
}

/** A flag's value as a number; undefined when it was not given. Throws BezoarError BAD_CONFIG. */
export function numberFlag(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number))
    throw new BezoarError('BAD_CONFIG', `--${name} is "${value}"; a number is needed.`);
  return number;
}

/** A comma-separated list; undefined when it was not given. */
export function listFlag(value: string | undefined): string[] | undefined {
  return value
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function misuse(command: string, problem: string, advice?: string): BezoarError {
  return new BezoarError('BAD_CONFIG', `bezoar ${command}: ${problem}.`, {
    advice: advice ?? `See bezoar ${command} --help.`,
    data: { usage: true },
  });
}
