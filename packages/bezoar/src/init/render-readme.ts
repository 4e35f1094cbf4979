import { commandLines, firstSteps, type Step } from './first-steps.ts';
import type { PackageManager } from './package-manager.ts';
import type { ProjectFile } from './project-files.ts';
import { hasScript, trains, type Goal, type Project } from './project.ts';

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
${commandLines(firstSteps(project, manager))}
\`\`\`

What a run makes lies in \`runs/${project.name}\`; \`report.html\` there shows it on one page.${aboutScript(project)}

\`\`\`sh
${commandLines(programs(project, manager))}
\`\`\`

| file | what it is |
|---|---|
${table.join('\n')}
`;
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

function aboutScript(project: Project): string {
  if (!hasScript(project, 'teacher')) return '';
  return `

**The teacher is a script.** It shows that everything runs, without a key; what it writes is not worth learning. For a real
one change \`teacher\` and \`judge\` in \`recipe.yaml\`.`;
}
