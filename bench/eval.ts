/**
 * Evaluation: log-likelihoods and generated tokens per second of a small LLaMA (8 layers of 512, f32, random weights), through the whole
 * of `@bezoar/eval`: task files of the harness in, scores out. Beside it, on the same files in the same run, LM-Eval-Harness itself with
 * transformers, with the faster one of two batch sizes (bench/peers/harness.py).
 * Options: --documents 120 --threads 2 --peer /path/to/python (one that has lm_eval; without it, no peer)
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCpuBackend } from '@bezoar/backend-cpu';
import { createRng, type Rng } from '@bezoar/core';
import {
  createLocalLanguageModel,
  evaluate,
  parseLmEvalTask,
  type LanguageModel,
  type LoglikelihoodResult,
  type TaskInput,
  type TaskReport,
} from '@bezoar/eval';
import { writeJson } from '@bezoar/formats';
import { folderSink, openFolder } from '@bezoar/formats/node';
import {
  initModel,
  loadModel,
  loadTokenizer,
  parseModelConfig,
  saveModel,
  trainByteLevelBpe,
} from '@bezoar/model';

const generatedTokens = 48;

export async function run(args: readonly string[]): Promise<object> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      documents: { type: 'string', default: '120' },
      threads: { type: 'string', default: '2' },
      peer: { type: 'string' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'bezoar-bench-eval-'));
  try {
    const backend = await createCpuBackend({ threads: Number(values.threads) });
    await writeModel(join(folder, 'model'));
    const tasks = writeTasks(folder, Number(values.documents));
    const source = openFolder(join(folder, 'model'));
    const model = await loadModel({ folder: source, backend });
    const language = createLocalLanguageModel({
      id: 'small',
      model,
      tokenizer: await loadTokenizer(source),
      bos: 'always',
    });
    await time(language, { ...tasks[0]!, docs: tasks[0]!.docs.slice(0, 4) });
    const own = new Map<string, Timed>();
    for (const task of tasks) own.set(task.task.name, await time(language, task));
    const description = backend.capabilities.description;
    model.dispose();
    await backend.dispose();
    const peer =
      values.peer === undefined
        ? undefined
        : runPeer(folder, { python: values.peer, threads: values.threads });
    const figures = [...own].map(([name, timed]) => [name, compare(timed, peer?.tasks[name])] as const);
    return {
      backend: description,
      // Above the number of threads, only processor seconds can be compared.
      loadAverage: loadavg()[0],
      ...(peer === undefined ? {} : { peer: peer.versions }),
      tasks: Object.fromEntries(figures),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function writeModel(path: string): Promise<void> {
  const sink = folderSink(path);
  const rng = createRng('text');
  const texts = Array.from({ length: 400 }, () => sentence(rng, 12));
  const tokenizer = trainByteLevelBpe({ texts, vocabSize: 4096, specialTokens: ['<s>', '</s>'] });
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: 16_384,
    hidden_size: 512,
    intermediate_size: 1408,
    num_hidden_layers: 8,
    num_attention_heads: 8,
    max_position_embeddings: 2048,
    bos_token_id: 0,
    eos_token_id: 1,
  });
  const backend = await createCpuBackend();
  const model = initModel({ config, backend, rng: createRng('weights'), std: 0.05 });
  await saveModel({ model, sink });
  await writeJson(sink, 'tokenizer.json', tokenizer);
  await writeJson(sink, 'tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: '<s>',
    eos_token: '</s>',
    pad_token: '</s>',
  });
  model.dispose();
  await backend.dispose();
}

/** Four-way choices without and with five fixed examples, and generation, as task files of the harness with their rows. */
function writeTasks(folder: string, documents: number): TaskInput[] {
  const rng = createRng('rows');
  const row = (): object => ({
    question: sentence(rng, 24 + rng.int(16)),
    choices: Array.from({ length: 4 }, () => sentence(rng, 2 + rng.int(6))),
    answer: rng.int(4),
  });
  const choice =
    'doc_to_text: "Question: {{question}}\\nAnswer:"\ndoc_to_choice: "{{choices}}"\ndoc_to_target: answer\n';
  const kinds = [
    { name: 'choices', count: documents, fields: `output_type: multiple_choice\n${choice}` },
    {
      name: 'choices_5_shot',
      count: Math.ceil(documents / 3),
      fields: `output_type: multiple_choice\n${choice}num_fewshot: 5\nfewshot_config: { sampler: first_n }\n`,
    },
    {
      name: 'replies',
      count: Math.ceil(documents / 5),
      fields: `output_type: generate_until\ndoc_to_text: "Question: {{question}}\\nAnswer:"\ndoc_to_target: "{{answer}}"\ngeneration_kwargs: { until: ["never said"], do_sample: false, max_gen_toks: ${generatedTokens} }\n`,
    },
  ];
  return kinds.map(({ name, count, fields }) => {
    const write = (split: string, rows: readonly object[]): string => {
      const path = join(folder, `${name}-${split}.jsonl`);
      writeFileSync(path, rows.map((each) => `${JSON.stringify(each)}\n`).join(''));
      return path;
    };
    const docs = Array.from({ length: count }, row);
    const fewshotDocs = Array.from({ length: 5 }, row);
    const files = { train: write('train', fewshotDocs), test: write('test', docs) };
    const yaml = `task: ${name}\ndataset_path: json\ndataset_kwargs: { data_files: ${JSON.stringify(files)} }\ntraining_split: train\ntest_split: test\n${fields}`;
    writeFileSync(join(folder, `${name}.yaml`), yaml);
    return { task: parseLmEvalTask(yaml, { file: name }), docs, fewshotDocs };
  });
}

/** Nonsense of made-up words whose frequencies fall as in texts. */
function sentence(rng: Rng, words: number): string {
  const word = (): string => {
    const rank = Math.floor(900 ** rng.next());
    return `${'bdfgklmnprst'[rank % 12]!}${'aeiou'[rank % 5]!}${'nrslmtd'[rank % 7]!}${rank > 40 ? `${'aeiou'[rank % 3]!}${'kgtv'[rank % 4]!}` : ''}`;
  };
  return Array.from({ length: words }, word).join(' ');
}

interface Timed {
  readonly seconds: number;
  /** Of the processor, all threads together: what a busy machine changes least. */
  readonly cpuSeconds: number;
  readonly report: TaskReport;
}

async function time(model: LanguageModel, task: TaskInput): Promise<Timed> {
  const worked = process.cpuUsage();
  const job = evaluate({ model, tasks: [task] });
  for (;;) {
    const next = await job.next();
    if (next.done !== true) continue;
    const { user, system } = process.cpuUsage(worked);
    return {
      seconds: next.value.seconds,
      cpuSeconds: (user + system) / 1e6,
      report: next.value.tasks[0]!,
    };
  }
}

interface Peer {
  readonly versions: Readonly<Record<string, string>>;
  readonly tasks: Readonly<Record<string, PeerTask>>;
}

interface PeerTask {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly batchSize: number;
  readonly answers: readonly (number | string)[];
}

function runPeer(
  folder: string,
  { python, threads }: { readonly python: string; readonly threads: string },
): Peer {
  const script = join(import.meta.dirname, 'peers', 'harness.py');
  const file = join(folder, 'peer.json');
  const out = execFileSync(python, [script, folder, '--threads', threads], {
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  });
  writeFileSync(file, out.trimEnd().split('\n').at(-1)!);
  return JSON.parse(readFileSync(file, 'utf8')) as Peer;
}

/** Rates of both, and how far their answers are apart. */
function compare({ seconds, cpuSeconds, report }: Timed, peer: PeerTask | undefined): object {
  const answers = report.samples.flatMap(({ responses }) => responses);
  const isReply = typeof answers[0] === 'string';
  const amount = isReply ? answers.length * generatedTokens : answers.length;
  const unit = isReply ? 'tokensPerSecond' : 'requestsPerSecond';
  const own = { [unit]: amount / seconds, cpuSeconds };
  if (peer === undefined) return { own };
  const apart = isReply
    ? {
        equalReplies: answers.filter((text, index) => text === peer.answers[index]).length,
        replies: answers.length,
      }
    : {
        greatestDifference: Math.max(
          ...answers.map((answer, index) =>
            Math.abs((answer as LoglikelihoodResult).logProb - (peer.answers[index] as number)),
          ),
        ),
      };
  return {
    own,
    peer: { [unit]: amount / peer.seconds, cpuSeconds: peer.cpuSeconds, batchSize: peer.batchSize },
    timesPeer: peer.seconds / seconds,
    timesPeerByCpuSeconds: peer.cpuSeconds / cpuSeconds,
    ...apart,
  };
}
