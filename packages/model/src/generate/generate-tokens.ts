import type { Tensor } from '@bezoar/backend';
import { BezoarError } from '@bezoar/core';
import type { CausalLM } from '../causal-lm.ts';
import { updateDoraNorms } from '../lora/update-dora-norms.ts';
import { roundSize } from '../round-size.ts';
import { createWorkspace, type Workspace } from '../workspace.ts';
import { cachedForward } from './cached-forward.ts';
import { copySlots, createKvCache, type KvCache } from './kv-cache.ts';
import { sampleToken } from './sample-token.ts';
import { longestShared } from './shared-length.ts';
import type { GenerateOptions, GenerateResult } from './types.ts';

interface Row {
  readonly slot: number;
  readonly tokens: number[];
  /** Position of the next token to run. */
  position: number;
  /** The token to run next. */
  next: number;
  finishReason: GenerateResult['finishReason'] | undefined;
}

/** Continues prompts, all rows together, over a KV cache. Results in the order of the prompts. */
export async function generateTokens(model: CausalLM, options: GenerateOptions): Promise<GenerateResult[]> {
  const { prompts, maxNewTokens } = options;
  checkOptions(model, options);
  if (prompts.length === 0) return [];
  const capacity = prompts.reduce((max, prompt) => Math.max(max, prompt.length), 0) + maxNewTokens;
  const spareSlot = model.backend.capabilities.compilesForSizes === true ? prompts.length : undefined;
  const cache = createKvCache(model, {
    slots: prompts.length + (spareSlot === undefined ? 0 : 1),
    capacity: spareSlot === undefined ? capacity : roundSize(capacity),
  });
  const workspace = createWorkspace(model.backend);
  updateDoraNorms(model);
  try {
    const rows = prompts.map((prompt, slot): Row => ({
      slot,
      tokens: [],
      position: prompt.length,
      next: 0,
      finishReason: undefined,
    }));
    for (const row of rows) {
      const logits = prefill({ model, workspace, cache, spareSlot }, prompts, row.slot);
      const [token] = await chooseTokens({ model, workspace, options }, logits, 1);
      accept(row, token!, options);
      workspace.endPass();
    }
    for (let active = unfinished(rows); active.length > 0; active = unfinished(rows)) {
      options.signal?.throwIfAborted();
      const hidden = cachedForward({
        model,
        workspace,
        cache,
        ids: Int32Array.from(active, (row) => row.next),
        slots: Int32Array.from(active, (row) => row.slot),
        positions: Int32Array.from(active, (row) => row.position++),
        spareSlot,
      });
      const logits = outputLayer(model, workspace, hidden);
      const chosen = await chooseTokens({ model, workspace, options }, logits, active.length);
      active.forEach((row, index) => accept(row, chosen[index]!, options));
      workspace.endPass();
    }
    return rows.map(({ tokens, finishReason }) => ({ tokens, finishReason: finishReason ?? 'length' }));
  } finally {
    workspace.dispose();
    cache.dispose();
  }
}

function unfinished(rows: readonly Row[]): Row[] {
  return rows.filter((row) => row.finishReason === undefined);
}

/** Takes a token into a row and decides whether the row goes on. */
function accept(row: Row, token: number, options: GenerateOptions): void {
  if (options.stopIds?.includes(token) === true) {
    row.finishReason = 'stop';
    return;
  }
  row.tokens.push(token);
  row.next = token;
  if (options.stopWhen?.(row.slot, row.tokens) === true) row.finishReason = 'stop';
  else if (row.tokens.length >= options.maxNewTokens) row.finishReason = 'length';
}

interface Scope {
  readonly model: CausalLM;
  readonly workspace: Workspace;
}

interface PrefillScope extends Scope {
  readonly cache: KvCache;
  readonly spareSlot: number | undefined;
}

/**
 * Runs a prompt in pieces, so that long ones need little memory; a beginning that an earlier prompt has too is copied from its slot.
 * Returns the logits after the last token, f32 [1, V].
 */
function prefill(
  { model, workspace, cache, spareSlot }: PrefillScope,
  prompts: readonly (readonly number[])[],
  slot: number,
): Tensor<'f32'> {
  const piece = 512;
  const prompt = prompts[slot]!;
  const { slot: from, length } = longestShared(prompts.slice(0, slot), prompt.slice(0, -1));
  if (length > 0) {
    copySlots({ model, workspace, source: cache, target: cache, copies: [{ from, to: slot, length }] });
  }
  let hidden: Tensor | undefined;
  let end = 0;
  for (let start = length; start < prompt.length; start += piece) {
    workspace.release(hidden);
    const ids = Int32Array.from(prompt.slice(start, start + piece));
    end = ids.length;
    hidden = cachedForward({
      model,
      workspace,
      cache,
      ids,
      slots: new Int32Array(ids.length).fill(slot),
      positions: Int32Array.from(ids, (_, i) => start + i),
      spareSlot,
    });
  }
  const all = hidden!;
  const last = workspace.take('f32', [1, model.config.hiddenSize]);
  const index = model.backend.upload('i32', [1], Int32Array.of(end - 1));
  model.backend.gatherRows({ table: all, ids: index, out: last });
  index.dispose();
  workspace.release(all);
  return outputLayer(model, workspace, last);
}

function outputLayer(model: CausalLM, workspace: Workspace, hidden: Tensor): Tensor<'f32'> {
  const logits = workspace.take('f32', [hidden.shape[0]!, model.config.vocabSize]);
  model.backend.linear({ x: hidden, weight: model.lmHead, out: logits });
  workspace.release(hidden);
  return logits;
}

/** One token for each of the first `count` rows of logits, which are released. Greedy and top-k choices move k values per row off the device. */
async function chooseTokens(
  { model, workspace, options }: Scope & { readonly options: GenerateOptions },
  logits: Tensor<'f32'>,
  count: number,
): Promise<number[]> {
  const { backend } = model;
  const { temperature = 0, topP, rng } = options;
  const rows = logits.shape[0]!;
  const vocab = logits.shape[1]!;
  const k = temperature === 0 ? 1 : Math.min(options.topK ?? vocab, vocab);
  if (k === vocab && temperature > 0) {
    const all = await backend.download(logits);
    workspace.release(logits);
    return Array.from({ length: count }, (_, n) =>
      sampleToken(all.subarray(n * vocab, (n + 1) * vocab), { temperature, topP, rng: rng! }),
    );
  }
  const values = workspace.take('f32', [rows, k]);
  const indices = workspace.take('i32', [rows, k]);
  backend.topK({ x: logits, k, values, indices });
  const candidates = await backend.download(indices);
  const scores = await backend.download(values);
  workspace.release(logits, values, indices);
  return Array.from({ length: count }, (_, n) => {
    const choice =
      k === 1 ? 0 : sampleToken(scores.subarray(n * k, (n + 1) * k), { temperature, topP, rng: rng! });
    return candidates[n * k + choice]!;
  });
}

function checkOptions(
  model: CausalLM,
  { prompts, maxNewTokens, temperature = 0, rng }: GenerateOptions,
): void {
  const longest = prompts.reduce((max, prompt) => Math.max(max, prompt.length), 0);
  if (prompts.some((prompt) => prompt.length === 0)) {
    throw new BezoarError('BAD_INPUT', 'A prompt has no tokens.', { advice: 'Start it with BOS.' });
  }
  if (maxNewTokens < 1)
    throw new BezoarError('BAD_INPUT', `maxNewTokens is ${maxNewTokens}; it must be at least 1.`);
  if (longest + maxNewTokens > model.config.maxPositionEmbeddings) {
    throw new BezoarError(
      'BAD_INPUT',
      `A prompt of ${longest} tokens and ${maxNewTokens} new ones do not fit into ${model.config.maxPositionEmbeddings} positions.`,
      { advice: 'Shorten the prompt or lower maxNewTokens.' },
    );
  }
  if (temperature > 0 && rng === undefined) {
    throw new BezoarError('BAD_CONFIG', 'Sampling with a temperature needs an rng.', {
      advice: 'Pass createRng(seed).',
    });
  }
}
