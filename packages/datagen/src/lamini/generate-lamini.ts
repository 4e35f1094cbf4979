import {
  BezoarError,
  createRng,
  hashText,
  type DroppedRow,
  type Funnel,
  type InstructionRow,
  type Rng,
  type RunEvent,
  type Seed,
} from '@bezoar/core';
import {
  completeText,
  createRejectionWatch,
  mapConcurrent,
  type ChatModel,
  type RejectionWatch,
  type TextReply,
} from '@bezoar/llm';
import type { GenerationResult } from '../generation-result.ts';
import { seedText } from '../parse-seeds.ts';
import { schemeJob, schemeRows, type SchemeListeners, type SchemeStep } from '../scheme.ts';
import { fold } from '../text/fold.ts';
import { createDuplicateIndex, type DuplicateIndex } from '../text/duplicate-index.ts';
import { findTopics } from './find-topics.ts';
import { parseInstructions } from './parse-instructions.ts';
import { exampleGuidedPrompt, responseSystem, topicGuidedPrompt } from './prompts.ts';

export interface LaMiniOptions {
  readonly model: ChatModel;
  readonly seeds: readonly Seed[];
  /** Rows wanted: accepted instructions with a response. */
  readonly count: number;
  /** Share of prompts that are topic-guided; 0.5 by default, 0 for example-guided only. */
  readonly topicShare?: number;
  /** Topics to draw from; found through the model when none are given. */
  readonly topics?: readonly string[];
  /** 3 in LaMini-LM. */
  readonly examplesPerPrompt?: number;
  /** 20 in LaMini-LM. */
  readonly instructionsPerPrompt?: number;
  /** 3 in LaMini-LM. */
  readonly topicsPerPrompt?: number;
  /** Generation gives up after this many candidate instructions; five times `count` plus 100 by default. */
  readonly candidateBudget?: number;
  /** ROUGE-L above which a candidate repeats an accepted one; 0.7. */
  readonly duplicateThreshold?: number;
  /** 0.8, the temperature of the OpenBezoar authors' teacher. */
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly concurrency?: number;
  readonly seed?: number;
  readonly stage?: string;
  readonly signal?: AbortSignal | undefined;
}

interface Candidate {
  readonly instruction: string;
  readonly strategy: Strategy;
  readonly examples: readonly string[];
}

type Strategy = 'example-guided' | 'topic-guided';

/**
 * LaMini (Wu et al. 2023): the teacher writes new instructions like a few examples (and about given topics), then answers
 * them one by one, in rounds until `count` rows are accepted. Reasons of dropped candidates: `empty`, `copies-example`,
 * `duplicate`, `near-duplicate`, `empty-response`, `surplus` (new, but not needed any more), and those of a call that gives
 * no text (`TextProblem`). A prompt without any instruction in its reply counts as one candidate; its reason may be
 * `no-instructions`.
 *
 * Yields the rows as they are accepted; returns their count and that of every reason. Throws BezoarError EMPTY_DATASET,
 * BAD_CONFIG, INTERRUPTED, and what the model throws.
 */
export function laMini(options: LaMiniOptions & SchemeListeners): AsyncGenerator<InstructionRow, Funnel> {
  return schemeRows(options.stage ?? 'lamini', laMiniSteps(options), options);
}

/** The same as a job: events on the way, all rows and dropped rows at the end. */
export function generateLaMini(options: LaMiniOptions): AsyncGenerator<RunEvent, GenerationResult> {
  return schemeJob(options.stage ?? 'lamini', laMiniSteps(options));
}

async function* laMiniSteps(options: LaMiniOptions): AsyncGenerator<SchemeStep> {
  const { count, stage = 'lamini', concurrency = 8, signal } = options;
  checkOptions(options);
  const rng = createRng(options.seed ?? 0).fork('lamini');
  const rejections = createRejectionWatch();
  const guided = (options.topicShare ?? 0.5) > 0;
  const topics = options.topics ?? (guided ? await findTopics({ ...options, rng, rejections, signal }) : []);
  if (guided && topics.length === 0) {
    const message = 'The model named no topics: all prompts are guided by examples only.';
    yield { type: 'warning', stage, message };
  }
  const budget = options.candidateBudget ?? 5 * count + 100;
  const index = createDuplicateIndex({ threshold: options.duplicateThreshold ?? 0.7 });
  let made = 0;
  let candidates = 0;
  let prompts = 0;
  /** New instructions that are not answered yet. */
  const accepted: Candidate[] = [];

  while (made < count && (accepted.length > 0 || candidates < budget)) {
    const missing = Math.max(0, count - made - accepted.length);
    const needed = candidates < budget ? Math.ceil(missing / perPrompt(options)) : 0;
    const batch = Array.from({ length: Math.min(needed, concurrency) }, () =>
      drawPrompt({ options, rng, topics, index: prompts++ }),
    );
    const asking = mapConcurrent(
      batch,
      async (prompt) => ({ prompt, reply: await ask(options, { prompt, rejections }) }),
      { concurrency, signal },
    );
    for await (const { prompt, reply } of asking) {
      const found = readInstructions(reply);
      candidates += Math.max(1, found.instructions.length);
      if (found.problem !== undefined) yield dropped(dropPrompt(stage, prompt, found.problem));
      for (const instruction of found.instructions) {
        const candidate = { instruction, strategy: prompt.strategy, examples: prompt.examples };
        const problem = accept(candidate, index);
        if (problem === undefined) accepted.push(candidate);
        else yield dropped(drop(stage, candidate, problem));
      }
    }
    const answering = mapConcurrent(
      accepted.splice(0, count - made),
      async (candidate) => ({ candidate, reply: await respond(options, { candidate, rejections }) }),
      { concurrency, signal },
    );
    for await (const { candidate, reply } of answering) {
      const response = reply.text.trim();
      if (!reply.ok) yield dropped(drop(stage, candidate, { reason: reply.code, detail: reply.reason }));
      else if (response === '') yield dropped(drop(stage, candidate, { reason: 'empty-response' }));
      else {
        made++;
        yield { type: 'row', row: toRow(candidate, response) };
      }
      yield { type: 'progress', stage, done: made, total: count };
    }
  }
  rejections.finish();
  for (const candidate of accepted) yield dropped(drop(stage, candidate, { reason: 'surplus' }));
  if (made < count) {
    yield {
      type: 'warning',
      stage,
      message: `Only ${made} of ${count} rows after ${candidates} candidates: more seeds, topics or a greater candidateBudget are needed.`,
    };
  }
}

function dropped(row: DroppedRow): SchemeStep {
  return { type: 'dropped', dropped: row };
}

function perPrompt({ instructionsPerPrompt = 20 }: LaMiniOptions): number {
  return instructionsPerPrompt;
}

interface Prompt {
  readonly text: string;
  readonly strategy: Strategy;
  readonly examples: readonly string[];
  readonly index: number;
}

interface DrawScope {
  readonly options: LaMiniOptions;
  readonly rng: Rng;
  readonly topics: readonly string[];
  readonly index: number;
}

function drawPrompt({ options, rng, topics, index }: DrawScope): Prompt {
  const { seeds, examplesPerPrompt = 3, topicsPerPrompt = 3, topicShare = 0.5 } = options;
  const examples = rng.sample(seeds, Math.min(examplesPerPrompt, seeds.length)).map(seedText);
  const count = perPrompt(options);
  if (topics.length === 0 || rng.next() >= topicShare) {
    return { text: exampleGuidedPrompt({ examples, count }), strategy: 'example-guided', examples, index };
  }
  const drawn = rng.sample(topics, Math.min(topicsPerPrompt, topics.length));
  return {
    text: topicGuidedPrompt({ examples, count, topics: drawn }),
    strategy: 'topic-guided',
    examples,
    index,
  };
}

function ask(
  { model, temperature = 0.8, maxTokens, signal }: LaMiniOptions,
  { prompt, rejections }: { readonly prompt: Prompt; readonly rejections: RejectionWatch },
): Promise<TextReply> {
  return completeText(
    model,
    {
      messages: [{ role: 'user', content: prompt.text }],
      temperature,
      sampleIndex: prompt.index,
      ...(maxTokens === undefined ? {} : { maxTokens }),
    },
    { rejections, signal },
  );
}

interface FoundInstructions {
  readonly instructions: readonly string[];
  /** Why there are none. */
  readonly problem?: Problem;
}

function readInstructions(reply: TextReply): FoundInstructions {
  // What is whole in a reply that was cut off is as good as in any other.
  const readable = reply.ok || reply.code === 'truncated';
  const instructions = readable ? parseInstructions(reply.text) : [];
  if (instructions.length > 0) return { instructions };
  const problem = reply.ok
    ? { reason: 'no-instructions', detail: reply.text.slice(0, 200) }
    : { reason: reply.code, detail: reply.reason };
  return { instructions, problem };
}

function respond(
  { model, temperature = 0.8, maxTokens, signal }: LaMiniOptions,
  { candidate, rejections }: { readonly candidate: Candidate; readonly rejections: RejectionWatch },
): Promise<TextReply> {
  return completeText(
    model,
    {
      messages: [
        { role: 'system', content: responseSystem },
        { role: 'user', content: candidate.instruction },
      ],
      temperature,
      ...(maxTokens === undefined ? {} : { maxTokens }),
    },
    { rejections, signal },
  );
}

interface Problem {
  readonly reason: string;
  readonly detail?: string;
}

/** Undefined when the candidate is new; it is remembered then. */
function accept({ instruction, examples }: Candidate, index: DuplicateIndex): Problem | undefined {
  if (instruction === '') return { reason: 'empty' };
  if (examples.some((example) => fold(example) === fold(instruction))) return { reason: 'copies-example' };
  const finding = index.find(instruction);
  if (finding !== undefined) return { reason: finding.kind, detail: `same as: ${finding.of}` };
  index.add(instruction);
  return undefined;
}

function drop(stage: string, candidate: Candidate, { reason, detail }: Problem): DroppedRow {
  const row = { instruction: candidate.instruction, source: `lamini/${candidate.strategy}` };
  return {
    id: hashText(candidate.instruction),
    stage,
    reason,
    ...(detail === undefined ? {} : { detail }),
    row,
  };
}

function dropPrompt(
  stage: string,
  { index, text, strategy, examples }: Prompt,
  problem: Problem,
): DroppedRow {
  const row = { source: `lamini/${strategy}`, examples };
  return { id: hashText(`lamini prompt\u0000${index}\u0000${text}`), stage, ...problem, row };
}

function toRow({ instruction, strategy }: Candidate, response: string): InstructionRow {
  return { id: hashText(`lamini\u0000${instruction}`), instruction, response, source: `lamini/${strategy}` };
}

function checkOptions({ seeds, count, topicShare = 0.5, topics }: LaMiniOptions): void {
  if (seeds.length === 0)
    throw new BezoarError('EMPTY_DATASET', 'LaMini has no seeds.', {
      advice: 'Give at least a few seed instructions.',
    });
  if (!Number.isInteger(count) || count < 1)
    throw new BezoarError('BAD_CONFIG', `count is ${count}; it must be a positive integer.`);
  if (topicShare < 0 || topicShare > 1)
    throw new BezoarError('BAD_CONFIG', `topicShare is ${topicShare}; it must be between 0 and 1.`);
  if (topicShare > 0 && topics?.length === 0)
    throw new BezoarError('BAD_CONFIG', 'The list of topics is empty.', {
      advice: 'Leave it out to have topics found, or set topicShare to 0.',
    });
}
