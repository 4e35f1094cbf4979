import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CliCommand } from '../../packages/bezoar/src/cli/command.ts';
import type { CheckFlagsOptions } from '../../packages/bezoar/src/cli/flags.ts';
import { root } from '../workspace/read-packages.ts';

/** A command of the command line, as its definition has it. */
export interface DefinedCommand {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  readonly args: CheckFlagsOptions['args'];
}

/** All commands of `bezoar`, from the files that define them, by name. */
export async function readCliCommands(): Promise<ReadonlyMap<string, DefinedCommand>> {
  const folder = join(root, 'packages/bezoar/src/cli/commands');
  const commands = new Map<string, DefinedCommand>();
  for (const file of readdirSync(folder).filter((name) => !name.includes('.test.'))) {
    const exports = (await import(pathToFileURL(join(folder, file)).href)) as Readonly<
      Record<string, Partial<CliCommand>>
    >;
    for (const { definition, example = '' } of Object.values(exports)) {
      if (!definition) continue;
      const { name, description } = definition.meta as {
        readonly name: string;
        readonly description: string;
      };
      commands.set(name, {
        name,
        description,
        example,
        args: (definition.args ?? {}) as DefinedCommand['args'],
      });
    }
  }
  return commands;
}
