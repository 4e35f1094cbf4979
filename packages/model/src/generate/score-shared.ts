import type { CausalLM } from '../causal-lm.ts';
import { updateDoraNorms } from '../lora/update-dora-norms.ts';
import { createWorkspace, type Workspace } from '../workspace.ts';
import { cachedForward } from './cached-forward.ts';
import { checkScoreRequests } from './check-score-requests.ts';
import { copySlots, createKvCache, type KvCache, type SlotCopy } from './kv-cache.ts';
import { planFamilies, worthSharing, type Family } from './plan-families.ts';
import { longestShared, sharedLength } from './shared-length.ts';
import type { ScoreRequest, ScoreResult } from './types.ts';

export interface ScoreSharedOptions {
  /** Upper bound on the positions of the cache, and so on the tokens of a pass. 4,096 by default; a longer request is run alone. */
  readonly maxTokens?: number;
  /** Whether the score of a request is known already. A round of which all are known is left out. */
  readonly isKnown?: (index: number) => boolean;
  /** Called with each score when its round is done. */
  readonly onScore?: (index: number, score: ScoreResult) => void;
  readonly signal?: AbortSignal;
}

/**
 * `scoreTokens` for requests that begin alike (the choices of a question, questions after the same examples): a shared beginning is
 * run once, over a KV cache. The scores are told to `onScore`, round by round; equal requests make equal rounds, so a
 * call that goes on after a stop gives the bits that one call would have given.
 *
 * Rounding differs from `scoreTokens` in the last bits of f32. Throws BezoarError BAD_INPUT for a request that does not fit the model.
 */
export async function scoreShared(
  model: CausalLM,
  requests: readonly ScoreRequest[],
  options: ScoreSharedOptions = {},
): Promise<void> {
  const { maxTokens = 4096, isKnown = () => false, onScore, signal } = options;
  checkScoreRequests(model, requests);
  const workspace = createWorkspace(model.backend);
  updateDoraNorms(model);
  const rounds = planFamilies(requests, maxTokens).filter(
    (families) => !families.flatMap((family) => family.requests).every(isKnown),
  );
  const prefixes = new Map<readonly number[], KvCache>();
  try {
    for (const [n, families] of rounds.entries()) {
      signal?.throwIfAborted();
      runPrefixes({ model, workspace, prefixes }, families);
      const round = openRound({ model, requests, prefixes }, families);
      try {
        await scoreRound({ model, workspace, requests, round });
      } finally {
        round.cache.dispose();
      }
      for (const [index, score] of round.scores) onScore?.(index, score);
      workspace.endPass();
      disposePrefixes(prefixes, rounds[n + 1]);
    }
  } finally {
    disposePrefixes(prefixes, []);
    workspace.dispose();
  }
}

interface PrefixScope {
  readonly model: CausalLM;
  readonly workspace: Workspace;
  readonly prefixes: Map<readonly number[], KvCache>;
}

/** Beginnings that several rounds share, each in a cache and a pass of its own: so it has the same bits in whatever round it is used. */
function runPrefixes({ model, workspace, prefixes }: PrefixScope, families: readonly Family[]): void {
  for (const { prefix } of families) {
    if (prefix === undefined || prefixes.has(prefix)) continue;
    const cache = createKvCache(model, { slots: 1, capacity: prefix.length });
    prefixes.set(prefix, cache);
    const ids = Int32Array.from(prefix);
    const slots = new Int32Array(ids.length);
    const positions = Int32Array.from(prefix, (_, position) => position);
    workspace.release(cachedForward({ model, workspace, cache, ids, slots, positions }));
  }
}

/** Frees those that the next round does not use. */
function disposePrefixes(
  prefixes: Map<readonly number[], KvCache>,
  next: readonly Family[] | undefined = [],
): void {
  for (const [prefix, cache] of prefixes) {
    if (next.some((family) => family.prefix === prefix)) continue;
    cache.dispose();
    prefixes.delete(prefix);
  }
}

/** A slot of the cache with what is in it, and the requests that it still has to run. */
interface Lane {
  /** Tokens whose keys and values are in the slot. */
  content: readonly number[];
  readonly pending: number[];
  /** The cache of the family's prefix, where it has one. */
  readonly prefix: { readonly cache: KvCache; readonly length: number } | undefined;
}

interface Round {
  readonly cache: KvCache;
  readonly lanes: readonly Lane[];
  readonly scores: Map<number, { readonly logProbs: Float32Array; readonly greedy: boolean[] }>;
  /** Of each request: the first position whose prediction is not known yet. */
  readonly next: Map<number, number>;
}

function openRound(
  {
    model,
    requests,
    prefixes,
  }: Omit<PrefixScope, 'workspace'> & { readonly requests: readonly ScoreRequest[] },
  families: readonly Family[],
): Round {
  const indices = families.flatMap((family) => family.requests);
  return {
    cache: createKvCache(model, {
      slots: families.length,
      capacity: Math.max(...families.map(({ length }) => length)),
    }),
    lanes: families.map((family) => ({
      content: [],
      prefix:
        family.prefix === undefined
          ? undefined
          : { cache: prefixes.get(family.prefix)!, length: family.prefix.length },
      pending: family.requests.filter((index) => requests[index]!.from < requests[index]!.tokens.length),
    })),
    scores: new Map(
      indices.map((index) => {
        const { tokens, from } = requests[index]!;
        return [index, { logProbs: new Float32Array(tokens.length - from), greedy: [] }];
      }),
    ),
    next: new Map(indices.map((index) => [index, requests[index]!.from - 1])),
  };
}

interface RoundScope {
  readonly model: CausalLM;
  readonly workspace: Workspace;
  readonly requests: readonly ScoreRequest[];
  readonly round: Round;
}

/** Tokens to run in a slot, and where they begin. */
interface Segment {
  readonly slot: number;
  readonly start: number;
  readonly end: number;
}

async function scoreRound(scope: RoundScope): Promise<void> {
  for (;;) {
    const segments = planPass(scope);
    if (segments.length === 0) return;
    await runPass(scope, segments);
  }
}

/**
 * One request for every slot that has one left. A slot that begins takes what it can from the prefix and from others, and waits where
 * another one is about to run a longer beginning of its tokens in this very pass.
 */
function planPass({ model, workspace, requests, round }: RoundScope): Segment[] {
  const { lanes, cache } = round;
  const segments: Segment[] = [];
  const starting: (readonly number[])[] = [];
  const copies = new Map<KvCache, SlotCopy[]>();
  const filled = lanes.map(({ content }) => content);
  for (const [slot, lane] of lanes.entries()) {
    const index = lane.pending[0];
    if (index === undefined) continue;
    const input = requests[index]!.tokens.slice(0, -1);
    let start = sharedLength(lane.content, input);
    if (lane.content.length === 0) {
      const other = longestShared(filled, input);
      const { cache: source, length } = lane.prefix ?? { cache, length: 0 };
      start = Math.max(other.length, length);
      if (longestShared(starting, input).length >= start + worthSharing) continue;
      starting.push(input);
      const copy =
        other.length > length
          ? { source: cache, from: other.slot, to: slot, length: other.length }
          : { source, from: 0, to: slot, length };
      if (start > 0) copies.set(copy.source, [...(copies.get(copy.source) ?? []), copy]);
    }
    start = Math.min(start, round.next.get(index)!);
    segments.push({ slot, start, end: input.length });
    lane.content = input;
  }
  for (const [source, list] of copies) copySlots({ model, workspace, source, target: cache, copies: list });
  return segments;
}

/** A prediction that a pass makes: of which request, at which of its positions, in which row of the hidden states. */
interface Prediction {
  readonly index: number;
  readonly position: number;
  readonly row: number;
}

async function runPass(scope: RoundScope, segments: readonly Segment[]): Promise<void> {
  const { model, workspace, requests, round } = scope;
  const { backend, config } = model;
  const predictions = segments.flatMap((segment, n) =>
    predictionsOf(scope, segment, rowOf(segments, n) - segment.start),
  );
  const each = (value: (segment: Segment, position: number) => number): Int32Array<ArrayBuffer> =>
    Int32Array.from(
      segments.flatMap((segment) =>
        Array.from({ length: segment.end - segment.start }, (_, i) => value(segment, segment.start + i)),
      ),
    );
  const hidden = cachedForward({
    model,
    workspace,
    cache: round.cache,
    ids: each(({ slot }, position) => round.lanes[slot]!.content[position]!),
    slots: each(({ slot }) => slot),
    positions: each((_, position) => position),
  });

  const count = predictions.length;
  const rows = backend.upload(
    'i32',
    [count],
    Int32Array.from(predictions, ({ row }) => row),
  );
  const targets = backend.upload(
    'i32',
    [count],
    Int32Array.from(predictions, ({ index, position }) => requests[index]!.tokens[position + 1]!),
  );
  const wanted = workspace.take('f32', [count, config.hiddenSize]);
  const logProbs = workspace.take('f32', [count]);
  const correct = workspace.take('i32', [count]);
  backend.gatherRows({ table: hidden, ids: rows, out: wanted });
  backend.linearCrossEntropy({ hidden: wanted, weight: model.lmHead, targets, logProbs, correct });
  const values = await backend.download(logProbs);
  const hits = await backend.download(correct);
  workspace.release(hidden, wanted, logProbs, correct);
  rows.dispose();
  targets.dispose();

  for (const [n, { index, position }] of predictions.entries()) {
    const score = round.scores.get(index)!;
    const place = position + 1 - requests[index]!.from;
    score.logProbs[place] = values[n]!;
    score.greedy[place] = hits[n]! === 1;
  }
}

function rowOf(segments: readonly Segment[], n: number): number {
  return segments.slice(0, n).reduce((sum, { start, end }) => sum + end - start, 0);
}

/** All that the segment's hidden states predict, for every request of the slot; requests that need no more are done. */
function predictionsOf({ requests, round }: RoundScope, segment: Segment, offset: number): Prediction[] {
  const lane = round.lanes[segment.slot]!;
  const predictions: Prediction[] = [];
  for (const index of lane.pending) {
    const { tokens } = requests[index]!;
    const end = Math.min(sharedLength(lane.content, tokens), tokens.length - 1, segment.end);
    for (let position = round.next.get(index)!; position < end; position++) {
      if (position < segment.start) break;
      predictions.push({ index, position, row: offset + position });
      round.next.set(index, position + 1);
    }
  }
  const open = lane.pending.filter((index) => round.next.get(index)! < requests[index]!.tokens.length - 1);
  lane.pending.splice(0, Infinity, ...open);
  return predictions;
}
