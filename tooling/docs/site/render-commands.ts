import type { DefinedCommand } from '../read-cli-commands.ts';

/** A page of all commands with all flags, as `--help` shows them. */
export function renderCommands(commands: Iterable<DefinedCommand>): string {
  const intro =
    'What `bezoar COMMAND --help` says. What commands have in common is in [The command line](../cli.md).';
  return ['# Commands and flags', intro, ...[...commands].map(renderCommand)].join('\n\n') + '\n';
}

function renderCommand({ name, description, example, args }: DefinedCommand): string {
  const rows = Object.entries(args).map(([flag, { type, ...about }]) => {
    const { description = '', valueHint, required, default: standard } = about as ArgumentAbout;
    const hint = valueHint === undefined || type === 'boolean' ? '' : ` ${valueHint}`;
    const shown = type === 'positional' ? flag.toUpperCase() : `--${flag}${hint}`;
    const note =
      required === true
        ? ' (needed)'
        : standard === undefined || type === 'boolean'
          ? ''
          : ` (default \`${standard}\`)`;
    return `| \`${escape(shown)}\` | ${escape(`${description}${note}`)} |`;
  });
  const table = rows.length === 0 ? [] : [['| flag | |', '|---|---|', ...rows].join('\n')];
  return [`## ${name}`, description, `\`\`\`sh\n${example}\n\`\`\``, ...table].join('\n\n');
}

interface ArgumentAbout {
  readonly description?: string;
  readonly valueHint?: string;
  readonly required?: boolean;
  readonly default?: string | number | boolean;
}

/** For a cell of a table. */
function escape(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
