import { makesRows, type Project, type ProjectModel } from './project.ts';

/** The variables that hold the keys of a project's models. */
export function keysOf(project: Project): string[] {
  if (!makesRows(project)) return [];
  return [...new Set([project.teacher, project.judge].flatMap(keyOf))];
}

function keyOf(model: ProjectModel): string[] {
  if (model.startsWith('openai:')) return ['OPENAI_API_KEY'];
  return model.startsWith('anthropic:') ? ['ANTHROPIC_API_KEY'] : [];
}
