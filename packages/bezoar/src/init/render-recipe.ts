import { stringify } from 'yaml';
import { keysOf } from './keys-of.ts';
import { makesRows, sampleFiles, trains, type Project, type ProjectModel } from './project.ts';

/** `recipe.yaml`: the whole run, with what to change and why. */
export function renderRecipe(project: Project): string {
  const parts = [
    head(project),
    ...(trains(project) ? [base(project)] : []),
    ...(makesRows(project) ? [models(project)] : []),
    ...(trains(project) ? [training] : []),
    `stages:\n${stages(project).join('\n')}`,
    ...(trains(project) ? [expectation(project)] : []),
  ];
  return parts.join('\n');
}

const flows = {
  data: 'seeds → new instructions with answers → cleaned → judged',
  finetune: 'rows → an adapter (QLoRA) → an evaluation',
  model: 'seeds → rows, cleaned and judged → an adapter (QLoRA) → preferences (DPO) → an evaluation',
} as const;

function head({ name, goal }: Project): string {
  return `# ${flows[goal]}
#
#   npx bezoar run recipe.yaml
#
# A run that was stopped or killed goes on where it was, and a stage whose settings and input did not change is not run
# again. An unknown key is an error that names the nearest known one.
name: ${yamlText(name)}
seed: 0 # decides everything random
`;
}

function base({ base: model }: Project): string {
  return `# LLaMA, Mistral, Qwen2 or Qwen3: hub:org/name, hub:org/name@revision, or a folder.
base: ${yamlText(model)}
# An instruct model brings the template that it was taught with: template: { kind: chat }
# How the base is kept in memory. nf4-dq, 4 bits a weight, is QLoRA's; bf16 and f32 are more exact, and larger.
weights: nf4-dq
# With an NVIDIA GPU: backend: { kind: cuda }
`;
}

function models(project: Project): string {
  const { teacher, judge, baseURL, budget } = project;
  const keys = keysOf(project);
  const fromEnvironment = keys.length === 0 ? '' : ` The key is read from ${keys.join(' and ')}.`;
  return `models:
  # Who writes.${fromEnvironment}
  teacher: ${model('teacher', teacher, baseURL)}
  # Who decides what stays. Another model than the teacher sees more of its mistakes.
  judge: ${model('judge', judge, baseURL)}
${
  budget === undefined
    ? '# With models that cost something: budget: 5 stops the run before it could spend more US dollars.\n'
    : `\n# US dollars. The run stops before it could spend more; raise it and run again to go on.\nbudget: ${budget}\n`
}`;
}

function model(role: string, spec: ProjectModel, baseURL: string | undefined): string {
  if (spec === 'script')
    return `script:./src/${role}.ts # scripted, to see everything run; for a real one: openai:gpt-4o-mini`;
  if (baseURL === undefined || !spec.startsWith('openai:')) return yamlText(spec);
  return `{ model: ${yamlText(spec)}, baseURL: ${yamlText(baseURL)} }`;
}

const training = `# A greater r lets the adapter learn more, and forget more.
lora:
  r: 16
  loraAlpha: 32
  loraDropout: 0.05
  targetModules: [q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj]

# For every training. Less memory: batchSize 1 with a greater gradientAccumulation, or gradientCheckpointing: true.
training:
  maxLength: 512
  batchSize: 4
  gradientAccumulation: 1
  schedule: cosine
  warmupRatio: 0.1
  maxGradNorm: 1
`;

function stages(project: Project): string[] {
  const { goal } = project;
  if (goal === 'data') return rowStages(project);
  const rows = goal === 'finetune' ? (project.data ?? sampleFiles.data) : 'kept';
  return [
    ...(goal === 'model' ? rowStages(project) : []),
    `  # Loss going up: a smaller learningRate. Answers like before: more rows, or more epochs.
  tuned: { kind: sft, from: base, rows: ${yamlText(rows)}, epochs: 3, learningRate: 2.0e-4 }
`,
    ...(goal === 'model' ? [preferenceStages(project)] : []),
    scores(project),
  ];
}

function rowStages(project: Project): string[] {
  const seeds = yamlText(project.seeds ?? sampleFiles.seeds);
  const against = trains(project) ? ', against: [scores]' : '';
  const exam = trains(project) ? ', and what the evaluation asks' : '';
  return [
    `  # New instructions in the manner of the seeds, and answers to them (LaMini). Look at the first rows, then raise count.
  written: { kind: lamini, model: teacher, seeds: ${seeds}, count: 60 }

  # Or harder ones out of every seed (Evol-Instruct); "tidy" then reads rows: evolved.
  # evolved: { kind: evol, model: teacher, judge: judge, seeds: ${seeds}, rounds: 2 }
`,
    `  # Drops repeats, other languages, answers of a word or two${exam}.
  tidy: { kind: clean, rows: written, minWords: 3, languages: [en], dedupe: rouge-l${against} }
`,
    `  # Keeps what the judge accepts and rates with 6 of 10 or more.
  kept: { kind: filter, rows: tidy, judges: [judge], threshold: 6 }
`,
  ];
}

function preferenceStages({ preferences = sampleFiles.preferences }: Project): string {
  return `  # DPO compares with the model without its adapter, so the first adapter is folded in.
  merged: { kind: merge, from: tuned }

  # Rows of prompt, chosen and rejected, or transcripts as in hub:Anthropic/hh-rlhf. A greater beta stays nearer to "merged".
  preferred:
    { kind: dpo, from: merged, preferences: ${yamlText(preferences)}, beta: 0.1, epochs: 2, learningRate: 5.0e-5 }
`;
}

function scores({ goal, preferences }: Project): string {
  const trained = goal === 'model' ? 'tuned, preferred' : 'tuned';
  // Pairs of one's own are not split here: those that were trained on measure nothing.
  const pairs =
    goal === 'model' && preferences === undefined ? '\n    preferences: ./data/preferences-test.jsonl' : '';
  return `  # Questions that no training row contains: write those that matter to you, in the form of data/exam.jsonl. Public ones are
  # there by name: { kind: arc_easy }, { kind: hellaswag }, { kind: gsm8k }, …
  scores:
    kind: eval
    models: [base, ${trained}]
    tasks: [{ kind: multiple-choice, name: exam, docs: ./data/exam.jsonl }]${pairs}
`;
}

function expectation({ goal }: Project): string {
  const better = goal === 'model' ? 'preferred' : 'tuned';
  return `# What a good run must reach; it fails otherwise:
# expect: [{ metric: exam/acc_norm, better: ${better}, than: base, by: 0.05 }]
`;
}

/** Quoted where it has to be, also between braces. */
function yamlText(text: string): string {
  return stringify([text], { collectionStyle: 'flow', lineWidth: 0 })
    .trim()
    .replace(/^\[ ?| ?\]$/g, '');
}
