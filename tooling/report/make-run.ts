import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const quickstart = resolve(import.meta.dirname, '../../recipes/quickstart');
const bin = resolve(import.meta.dirname, '../../packages/bezoar/src/bin.ts');

/** What a row may say to break out of where it is shown, and a text that is as wide as it is long. */
export const hostile = `</td></script><script>globalThis.broken=1</script><img src="http://far.example/x" onerror="globalThis.broken=2"><a href="javascript:1">"' ${'wide'.repeat(60)} \u202eright to left`;

/** Answers with the hostile text, and with long ones in between. */
const teacher = `const hostile = ${JSON.stringify(hostile)};
export default ({ messages }) => {
  const asked = messages.at(-1).content;
  return asked.length % 3 === 0 ? hostile : 'An answer. ' + 'It is a long one. '.repeat(asked.length % 3 === 1 ? 80 : 1);
};
`;

/** A proxy that takes most of what it sees, and a judge of MT-Bench: both by the length of what they are shown. */
const judge = `const hostile = ${JSON.stringify(hostile)};
export default ({ messages }) => {
  const shown = messages.map(({ content }) => content).join('\\n');
  const rating = 1 + (shown.length % 10);
  if (shown.includes('"explanation"')) return JSON.stringify({ explanation: 'e', rating });
  return JSON.stringify({ status: rating > 3 ? 'accept' : 'reject', rating, reason: hostile });
};
`;

const recipe = `name: looked-at
seed: 7
base: ${quickstart}/model
weights: nf4-dq
budget: 5
models:
  teacher: { model: "script:./teacher.mjs" }
  judge: { model: "script:./judge.mjs" }
template: { system: Answer in one short sentence. }
training: { maxLength: 192, batchSize: 4, gradientAccumulation: 1, evalFraction: 0.2, evalEvery: 4, limit: 48, learningRate: 1.0e-3 }
stages:
  made: { kind: orca, model: teacher, rows: ./flan.jsonl, count: 24 }
  kept: { kind: filter, rows: made, judges: [judge], threshold: 6 }
  sft: { kind: sft, from: base, preferences: ${quickstart}/data/hh-train.jsonl }
  dpo: { kind: dpo, from: sft, preferences: ${quickstart}/data/hh-train.jsonl, beta: 0.1 }
  scores:
    kind: eval
    models: [base, sft, dpo]
    tasks: [{ kind: generation, name: facts, docs: ${quickstart}/data/facts-test.jsonl }]
    preferences: ${quickstart}/data/hh-test.jsonl
    limit: 12
  bench: { kind: mt-bench, questions: ./questions.jsonl, models: [base, dpo], judge: judge, maxTokens: 8 }
`;

/**
 * Runs a recipe of every kind of stage that the report shows, in a folder, and compares its models in `compared`. Returns the report's
 * path.
 */
export async function makeRun(folder: string): Promise<string> {
  const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const collections = ['CoT', 'NIv2', 'Flan2021', 'T0'];
  const flan = Array.from({ length: 32 }, (_, index) => ({
    ...{ inputs: `${hostile} number ${'x'.repeat(index)}`, targets: 'yes' },
    ...{ task_source: collections[index % 4], task_name: 'world', template_type: 'zs_noopt' },
  }));
  const questions = ['writing', 'math', 'coding', 'roleplay'].map((category, index) => ({
    ...{ question_id: 81 + index, category, turns: ['Where does the owl live?', 'And the fox?'] },
  }));
  const files = {
    'flan.jsonl': lines(flan),
    'questions.jsonl': lines(questions),
    'teacher.mjs': teacher,
    'judge.mjs': judge,
    'recipe.yaml': recipe,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const bezoar = (...args: string[]): Promise<unknown> =>
    run(process.execPath, ['--conditions=@bezoar/source', bin, ...args], { cwd: folder });
  await bezoar('run', 'recipe.yaml', '--run-dir', 'run');
  await bezoar('compare', 'run/scores', '--out', 'compared');
  return join(folder, 'run', 'report.html');
}
