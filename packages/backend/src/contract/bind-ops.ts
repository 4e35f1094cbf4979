import type { BackendOps } from './backend.ts';

/** The ops of a backend as functions that are given what they work with. */
export type OpFunctions<Context> = {
  readonly [Op in keyof BackendOps]: (
    context: Context,
    args: Parameters<BackendOps[Op]>[0],
  ) => ReturnType<BackendOps[Op]>;
};

/** The same functions with their context bound to each. */
export function bindOps<Context>(context: Context, functions: OpFunctions<Context>): BackendOps {
  const bound = Object.entries(functions).map(([name, op]) => [
    name,
    (args: never) => (op as (context: Context, args: never) => unknown)(context, args),
  ]);
  return Object.fromEntries(bound) as BackendOps;
}
