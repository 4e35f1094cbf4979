/** How commands of a project are written with one package manager. */
export interface PackageManager {
  readonly install: string;
  /** Starts a program that a dependency brings. */
  readonly exec: string;
  readonly run: (script: string, args?: string) => string;
}

const managers = {
  npm: describe({ name: 'npm', exec: 'npx', separator: '-- ' }),
  pnpm: describe({ name: 'pnpm', exec: 'pnpm exec' }),
  yarn: describe({ name: 'yarn', exec: 'yarn' }),
  bun: describe({ name: 'bun', exec: 'bunx' }),
} as const;

interface Commands {
  readonly name: string;
  readonly exec: string;
  /** Between a script and its arguments. */
  readonly separator?: string;
}

function describe({ name, exec, separator = '' }: Commands): PackageManager {
  return {
    install: `${name} install`,
    exec,
    run(script, args) {
      const start = script === 'start' ? `${name} start` : `${name} run ${script}`;
      return args === undefined ? start : `${start} ${separator}${args}`;
    },
  };
}

/** The one that has started this program, by the variable that all of them set; npm otherwise. */
export function guessPackageManager(env: Readonly<Record<string, string | undefined>>): PackageManager {
  const [name = ''] = (env['npm_config_user_agent'] ?? '').split('/');
  return Object.hasOwn(managers, name) ? managers[name as keyof typeof managers] : managers.npm;
}
