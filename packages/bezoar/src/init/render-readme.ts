import { keysOf } from './keys-of.ts';
import type { PackageManager } from './package-manager.ts';
import type { ProjectFile } from './project-files.ts';
import { hasScript, makesRows, trains, type Goal, type Project } from './project.ts';

export interface ReadmeOptions {
  readonly project: Project;
  /** All others. */
  readonly files: readonly Omit<ProjectFile, 'text'>[];
  readonly manager: PackageManager;
}

const purposes: Readonly<Record<Goal, string>> = {
  data: 'Instruction rows that a teacher model writes and a judge looks at',
  finetune: 'A small language model, fine-tuned with rows of our own',
  model: 'A small language model, fine-tuned with rows that a teacher writes, and then with preferences',
};

/** `README.md`: the commands in order, what every file is, and what comes next. */
export function renderReadme({ project, files, manager }: ReadmeOptions): string {
  const table = files.map(({ path, about }) => `| \`${path}\` | ${about} |`);
  return `# ${project.name}

${purposes[project.goal]}. Made with [Bezoar](https://www.npmjs.com/package/bezoar).

\`\`\`sh
${commands(firstSteps(project, manager))}
\`\`\`

What a run makes lies in \`runs/${project.name}\`; \`report.html\` there shows it on one page.${aboutScript(project)}

\`\`\`sh
${commands(programs(project, manager))}
\`\`\`

| file | what it is |
|---|---|
${table.join('\n')}
`;
}

export interface Step {
  readonly command: string;
  readonly why: string;
}

/** From fresh files to a finished run. */
export function firstSteps(project: Project, { install, exec, run }: PackageManager): Step[] {
  const keys = keysOf(project);
  const key: Step = { command: 'cp .env.example .env', why: `and write ${keys.join(' and ')} into it` };
  const takes = [...(makesRows(project) ? ['dollars'] : []), 'time', ...(trains(project) ? ['memory'] : [])];
  const plan: Step = {
    command: `${exec} bezoar plan recipe.yaml`,
    why: `what it will take: ${takes.join(', ')}; no call is made`,
  };
  return [
    { command: install, why: '' },
    ...(keys.length === 0 ? [] : [key]),
    plan,
    { command: run('start'), why: 'runs recipe.yaml; again: goes on where it was stopped' },
  ];
}

function programs(project: Project, { run }: PackageManager): Step[] {
  const own = trains(project)
    ? [
        { command: run('train'), why: 'the same run, from a program of your own' },
        { command: run('ask', '"Why is the sky blue?"'), why: 'asks the model that came out' },
      ]
    : [{ command: run('stream', '20'), why: '20 rows, from a program of your own' }];
  return [...own, { command: run('check'), why: 'types' }];
}

/** One a line, with the reasons below each other. */
export function commands(steps: readonly Step[]): string {
  const width = Math.max(...steps.map(({ command }) => command.length));
  return steps
    .map(({ command, why }) => (why === '' ? command : `${command.padEnd(width)}  # ${why}`))
    .join('\n');
}

function aboutScript(project: Project): string {
  if (!hasScript(project, 'teacher')) return '';
  return `

**The teacher is a script.** It shows that everything runs, without a key; what it writes is not worth learning. For a real
one change \`teacher\` and \`judge\` in \`recipe.yaml\`.`;
}
