import { keysOf } from './keys-of.ts';
import type { PackageManager } from './package-manager.ts';
import { makesRows, trains, type Project } from './project.ts';

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

/** One a line, with the reasons below each other. */
export function commandLines(steps: readonly Step[]): string {
  const width = Math.max(...steps.map(({ command }) => command.length));
  return steps
    .map(({ command, why }) => (why === '' ? command : `${command.padEnd(width)}  # ${why}`))
    .join('\n');
}
