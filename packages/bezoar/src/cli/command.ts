import { defineCommand, type ArgsDef, type CommandDef, type ParsedArgs } from 'citty';
import type { CliIo } from './io.ts';

/** A sub-command: what citty parses and runs, and an example for its help. citty hands the `CliIo` on as `data`. */
export interface CliCommand {
  readonly definition: CommandDef;
  readonly example: string;
}

export interface CliCommandOptions<Args extends ArgsDef> {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  readonly args: Args;
  readonly run: (args: ParsedArgs<Args>, io: CliIo) => Promise<void>;
}

export function cliCommand<const Args extends ArgsDef>(options: CliCommandOptions<Args>): CliCommand {
  const { name, description, example, args, run } = options;
  const definition = defineCommand({
    meta: { name, description },
    args,
    run: (context) => run(context.args, context.data as CliIo),
  });
  // Which arguments a command has matters inside of it only.
  return { definition: definition as unknown as CommandDef, example };
}
