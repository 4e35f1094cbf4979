import { startHubServer, type HubServer, type HubServerFault, type HubServerRequest } from '@bezoar/hub/testing';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hubInputs } from './hub-inputs.ts';
import { preferenceRows } from './sample-rows.ts';
import { spawnCli, startCli, type CliResult, type RunningCli } from './spawn-cli.ts';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts';

const releaseToken = 'hf_secret_of_a_test';

/** A Hub, and a run of all that a release knows: rows, adapters, what they were merged into, GGUF, evaluations. */
export interface ReleaseRun {
  readonly server: HubServer;
  readonly folder: TemporaryFolder;
  /** Decides what happens to requests; changed by tests. */
  fault: (request: HubServerRequest) => HubServerFault | undefined;
  cli(line: string, env?: Readonly<Record<string, string>>): Promise<CliResult>;
  /** The same, still running. */
  start(line: string): RunningCli;
  close(): Promise<void>;
}

const questions = [
  { question_id: 81, category: 'writing', turns: ['Write of the robin.', 'Shorter.'] },
  { question_id: 111, category: 'math', turns: ['2 + 2?', 'And 2 more?'] },
];

const teacher = fileURLToPath(new URL('./pure-teacher.ts', import.meta.url));

export const releaseRecipe: string = `name: x
base: hub:org/tiny
weights: f32
backend: { kind: cpu, threads: 1 }
models: { teacher: ${JSON.stringify(`script:${teacher}`)}, judge: "script:./judge.ts" }
dataset: { license: cc-by-sa-3.0, languages: [en], parquet: true }
training: { batchSize: 2, gradientAccumulation: 1, evalFraction: 0, maxLength: 256, maxSteps: 2 }
stages:
  made: { kind: orca, model: teacher, rows: hub:org/flan }
  kept: { kind: clean, rows: made }
  tuned: { kind: sft, from: base, rows: kept }
  merged: { kind: merge, from: tuned }
  better-adapter: { kind: dpo, from: merged, preferences: pairs.jsonl }
  better: { kind: merge, from: better-adapter }
  gguf: { kind: export, from: better, format: gguf, type: q8_0 }
  scores:
    kind: eval
    models: [base, merged, better]
    tasks: [{ kind: generation, name: sums, docs: sums.jsonl }]
    preferences: pairs.jsonl
  talk: { kind: mt-bench, questions: questions.jsonl, models: [merged, better], judge: judge, maxTokens: 6 }
publish:
  license: apache-2.0
  tag: v1.0
  repos:
    kept: { name: Rows, license: cc-by-4.0, description: Sums of small numbers. }
    tuned: First-adapter
    merged: First
    better-adapter: Second-adapter
    better: Second
    gguf: Second-GGUF
`;

export async function releaseRun(): Promise<ReleaseRun> {
  const folder = temporaryFolder();
  const at = (...names: string[]): string => join(folder.path, ...names);
  const run: { fault: ReleaseRun['fault'] } = { fault: () => undefined };
  const server = await startHubServer({
    token: releaseToken,
    readToken: 'hf_reads_only',
    account: { name: 'tester', orgs: ['org', 'first', 'second', 'third', 'fourth'] },
    fault: (request) => run.fault(request),
    repos: await hubInputs(at('model'), 'cc-by-sa-4.0'),
  });
  folder.jsonl('sums.jsonl', [{ question: 'How much is 1 plus 1?', answer: '2' }, { question: 'And 2 plus 2?', answer: '4' }]);
  folder.jsonl('pairs.jsonl', preferenceRows);
  folder.jsonl('questions.jsonl', questions);
  folder.file('judge.ts', `export default ({ messages }) => JSON.stringify({ explanation: 'e', rating: 1 + (messages.at(-1).content.length % 9) });\n`);
  folder.file('recipe.yaml', releaseRecipe);
  const options = (env: Readonly<Record<string, string>> = {}): { cwd: string; env: Record<string, string> } => ({
    cwd: folder.path,
    env: { HF_ENDPOINT: server.url, HF_HOME: at('hf'), HF_TOKEN: releaseToken, ...env },
  });
  const made = Object.assign(run, {
    ...{ server, folder },
    cli: (line: string, env?: Readonly<Record<string, string>>) => spawnCli(line.split(' '), options(env)),
    start: (line: string) => startCli(line.split(' '), options()),
    async close() {
      await server.close();
      folder.remove();
    },
  });
  const { code, stderr } = await made.cli('run recipe.yaml');
  if (code !== 0) throw new Error(stderr);
  return made;
}
