import type { HubOptions } from './hub-options.ts';

export type HubEnvironment = NonNullable<HubOptions['env']>;

/** A variable's value; an empty one is none. */
export function given(env: HubEnvironment, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}
