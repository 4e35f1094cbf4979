import { keysOf } from './keys-of.ts';
import { makesRows, type Project } from './project.ts';

/** `.env.example`: which variables there are, and no value. */
export function renderEnvExample(project: Project): string {
  const keys = keysOf(project);
  const hub = '# For gated and private models and data sets of the Hugging Face Hub.\n# HF_TOKEN=\n';
  const possible = makesRows(project) ? ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY'] : [];
  const lines = keys.length > 0 ? keys.map((key) => `${key}=\n`) : possible.map((key) => `# ${key}=\n`);
  const models = lines.length === 0 ? '' : `${lines.join('')}\n`;
  return `# Copy this file to .env, which git does not see, and fill in what is yours.\n${models}${hub}`;
}
