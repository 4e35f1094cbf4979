import type { Tensor, Weight } from './tensor.ts';

/*
 * Conventions of every op
 * - Activations, gradients and adapter weights are f32. T = tokens (all sequences of a batch laid end to end, no
 *   padding), D = hidden size, H = query heads, K = key/value heads, d = head size, V = vocabulary, r = LoRA rank.
 * - Outputs are given by the caller, with the right shape. "+=" adds to what is there; all other outputs are
 *   overwritten. Outputs never alias inputs, or each other, unless the op says "in place".
 * - Sizes count, not ranks: the width of a row comes from the weight or table (its last dimension), the number of
 *   rows is size / width, so leading dimensions may be split in any way ([T, H·d] or [T·H, d]). A mismatch is thrown
 *   at once (BezoarError BAD_INPUT).
 * - Ops are enqueued in program order.
 * - Results are deterministic: the same inputs on the same device give the same bits.
 */

/** out[t] = table[ids[t]]. table: f32|bf16 [N, W]; ids: i32 [T]; out: f32 [T, W]. Embedding lookup. */
export interface GatherRowsArgs {
  readonly table: Tensor;
  readonly ids: Tensor;
  readonly out: Tensor;
}

/** dst[ids[t]] = src[t]. src: f32 [T, W]; dst: f32 [N, W]. Ids are distinct. Fills the KV cache. */
export interface ScatterRowsArgs {
  readonly src: Tensor;
  readonly ids: Tensor;
  readonly dst: Tensor;
}

/** dst[ids[t]] += src[t], in token order. src: f32 [T, W]; dst: f32 [N, W]. Embedding backward. */
export type ScatterAddRowsArgs = ScatterRowsArgs;

/**
 * RMSNorm (Zhang and Sennrich 2019): rstd[n] = 1/√(mean_i x[n,i]² + eps); out = x · rstd · weight.
 * x, out: f32 [N, W]; weight: f32 [W]; rstd: f32 [N], kept for the backward pass.
 */
export interface RmsNormArgs {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly eps: number;
  readonly out: Tensor;
  readonly rstd: Tensor;
}

/**
 * With g = dOut·weight: dX += rstd · (g − x·rstd² · mean_i(g·x)); dWeight += Σ_n dOut·x·rstd.
 * dX is added to, because the residual stream's gradient is already there.
 */
export interface RmsNormBackwardArgs {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly rstd: Tensor;
  readonly dOut: Tensor;
  readonly dX: Tensor;
  readonly dWeight?: Tensor;
}

/** out = x·Wᵀ + bias, or out += … with `accumulate`. x: f32 [T, in]; W [out, in]; bias: f32 [out]; out: f32 [T, out]. */
export interface LinearArgs {
  readonly x: Tensor;
  readonly weight: Weight;
  readonly bias?: Tensor;
  readonly out: Tensor;
  readonly accumulate?: boolean;
}

/** dX = dOut·W, or dX += … with `accumulate`. dOut: f32 [T, out]; dX: f32 [T, in]. */
export interface LinearBackwardInputArgs {
  readonly dOut: Tensor;
  readonly weight: Weight;
  readonly dX: Tensor;
  readonly accumulate?: boolean;
}

/** dWeight += dOutᵀ·x; dBias += Σ_t dOut. dWeight: f32 [out, in]; dBias: f32 [out]. For full fine-tuning. */
export interface LinearBackwardWeightArgs {
  readonly x: Tensor;
  readonly dOut: Tensor;
  readonly dWeight: Tensor;
  readonly dBias?: Tensor;
}

/**
 * Inverted dropout with a counter RNG: element i is kept when word(i) ≥ probability·2³², and then scaled by
 * 1/(1−probability). word(i) is word i mod 4 of Philox4x32-10 (Salmon et al. 2011) with counter (⌊i/4⌋, stream, 0, 0)
 * and key (seed, 0): masks are never stored, forward and backward make the same ones on every backend.
 */
export interface DropoutSpec {
  readonly probability: number;
  /** u32 */
  readonly seed: number;
  /** u32: differs for every use of dropout in a step. */
  readonly stream: number;
}

/** out = drop(x); out may be x (in place). The backward pass is the same op on the gradient. f32, any shape. */
export interface DropoutArgs {
  readonly x: Tensor;
  readonly out: Tensor;
  readonly dropout: DropoutSpec;
}

/** Which words of Philox make the noise: word(i) of `DropoutSpec`. */
export interface NoiseSpec {
  /** u32 */
  readonly seed: number;
  /** u32 */
  readonly stream: number;
}

/**
 * out[t, i] = x[t, i] + scales[t] · (⌊word(t·W + i) / 2⁸⌋ · 2⁻²³ − 1): uniform noise in [−1, 1) times the row's scale (NEFTune, Jain et
 * al. 2023). Both operations round to f32, so the noise has the same bits on every backend. out may be x (in place).
 * x, out: f32 [T, W]; scales: f32 [T].
 */
export interface AddNoiseArgs {
  readonly x: Tensor;
  readonly scales: Tensor;
  readonly out: Tensor;
  readonly noise: NoiseSpec;
}

/**
 * LoRA update (Hu et al. 2021): u = drop(x)·Aᵀ; out += scale · u·Bᵀ.
 * x: f32 [T, in]; a: f32 [r, in]; b: f32 [out, r]; u: f32 [T, r], kept for the backward pass; out: f32 [T, out].
 */
export interface LoraForwardArgs {
  readonly x: Tensor;
  readonly a: Tensor;
  readonly b: Tensor;
  readonly scale: number;
  readonly u: Tensor;
  readonly out: Tensor;
  readonly dropout?: DropoutSpec;
}

/**
 * dB += scale · dOutᵀ·u; du = scale · dOut·B; dA += duᵀ·drop(x); dX += mask ⊙ (du·A).
 * Without dX only the adapter's gradients are made.
 */
export interface LoraBackwardArgs {
  readonly x: Tensor;
  readonly u: Tensor;
  readonly a: Tensor;
  readonly b: Tensor;
  readonly scale: number;
  readonly dOut: Tensor;
  readonly dA: Tensor;
  readonly dB: Tensor;
  readonly dX?: Tensor;
  readonly dropout?: DropoutSpec;
}

/**
 * norms[o] = ‖W[o] + scale · (B·A)[o]‖₂, the length of a row of an adapted layer (DoRA, Liu et al. 2024).
 * weight: any format [out, in]; a: f32 [r, in]; b: f32 [out, r]; norms: f32 [out]. Nothing of size [out, in] is made.
 */
export interface DoraNormsArgs {
  readonly weight: Weight;
  readonly a: Tensor;
  readonly b: Tensor;
  readonly scale: number;
  readonly norms: Tensor;
}

/**
 * DoRA's magnitudes: out = g ⊙ y + bias with g = magnitude / norms for every row, or out += … with `accumulate`.
 * y: f32 [T, out], W·x and LoRA's update together; magnitude, norms, bias: f32 [out]; out: f32 [T, out].
 */
export interface DoraForwardArgs {
  readonly y: Tensor;
  readonly magnitude: Tensor;
  readonly norms: Tensor;
  readonly bias?: Tensor;
  readonly out: Tensor;
  readonly accumulate?: boolean;
}

/** dY = g ⊙ dOut (overwritten); dMagnitude += Σ_t dOut ⊙ y / norms. The norms are constants (§4.3 of the paper). */
export interface DoraBackwardArgs {
  readonly y: Tensor;
  readonly magnitude: Tensor;
  readonly norms: Tensor;
  readonly dOut: Tensor;
  readonly dY: Tensor;
  readonly dMagnitude: Tensor;
}

/**
 * Rotary embedding (Su et al. 2021) in the half-rotation layout of Hugging Face LLaMA, in place on x: f32 [T, heads·d]:
 * for i < d/2 with c = cos[pos, i], s = ±sin[pos, i]: (x_i, x_{i+d/2}) ← (x_i·c − x_{i+d/2}·s, x_{i+d/2}·c + x_i·s).
 * cos, sin: f32 [maxPositions, d/2]; positions: i32 [T]. `inverse` takes −sin: the backward pass.
 */
export interface RopeArgs {
  readonly x: Tensor;
  readonly heads: number;
  readonly positions: Tensor;
  readonly cos: Tensor;
  readonly sin: Tensor;
  readonly inverse?: boolean;
}

/** Sequences of a packed batch: sequence b is rows cuSeqlens[b] … cuSeqlens[b+1]−1. */
export interface SequenceLayout {
  /** i32 [B + 1], first 0, last T. */
  readonly cuSeqlens: Tensor;
  readonly batch: number;
  readonly maxSeqlen: number;
}

/**
 * Causal attention inside each sequence, with grouped heads (query head h uses key head ⌊h·K/H⌋):
 * out = softmax(scale · q·kᵀ + mask)·v; lse[t, h] = log Σ exp of the scaled, masked scores.
 * q, out: f32 [T, H·d]; k, v: f32 [T, K·d]; lse: f32 [T, H]. With `window`, key j is seen by query i when i − window < j ≤ i.
 */
export interface AttentionArgs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly heads: number;
  readonly kvHeads: number;
  readonly scale: number;
  readonly layout: SequenceLayout;
  readonly window?: number;
  readonly out: Tensor;
  readonly lse: Tensor;
}

/**
 * P = exp(scale·q·kᵀ − lse); dV = Pᵀ·dOut; dP = dOut·vᵀ; dS = P ⊙ (dP − rowsum(dOut ⊙ out));
 * dQ = scale·dS·k; dK = scale·dSᵀ·q. dQ, dK, dV are overwritten.
 */
export interface AttentionBackwardArgs extends AttentionArgs {
  readonly dOut: Tensor;
  readonly dQ: Tensor;
  readonly dK: Tensor;
  readonly dV: Tensor;
}

/**
 * Attention of new tokens over a KV cache, for generation and scoring with a shared prefix.
 * Row n of q belongs to cache slot slots[n] and position positions[n]; it sees cache rows 0 … positions[n] of that slot
 * (the last `window` of them, if given). q, out: f32 [N, H·d]; kCache, vCache: f32 [slotCount, capacity, K·d];
 * slots, positions: i32 [N].
 */
export interface CachedAttentionArgs {
  readonly q: Tensor;
  readonly kCache: Tensor;
  readonly vCache: Tensor;
  readonly slots: Tensor;
  readonly positions: Tensor;
  readonly heads: number;
  readonly kvHeads: number;
  readonly scale: number;
  readonly window?: number;
  readonly out: Tensor;
}

/** out = silu(gate) ⊙ up, silu(z) = z/(1 + e^−z). f32, same size; out may be gate or up (in place). */
export interface SwigluArgs {
  readonly gate: Tensor;
  readonly up: Tensor;
  readonly out: Tensor;
}

/** dGate = dOut ⊙ up ⊙ σ(gate)(1 + gate(1 − σ(gate))); dUp = dOut ⊙ silu(gate). dGate may be gate, dUp may be up. */
export interface SwigluBackwardArgs {
  readonly gate: Tensor;
  readonly up: Tensor;
  readonly dOut: Tensor;
  readonly dGate: Tensor;
  readonly dUp: Tensor;
}

/**
 * The output layer and the log-likelihood in one op, in chunks of rows, so that the logits [T, V] never exist whole.
 * logits = hidden·Wᵀ; logProbs[t] = log softmax(logits[t])[targets[t]]; correct[t] = 1 when the target has the greatest
 * logit (the first of equal ones). Rows whose target is negative are skipped: logProbs 0, correct 0, no gradient.
 * hidden: f32 [T, D]; weight: [V, D]; targets: i32 [T]; logProbs: f32 [T]; correct: i32 [T].
 *
 * With `gradient`, g[t] = ∂loss/∂logProbs[t] (a tensor f32 [T], or one number for all rows: −1/N for a mean
 * cross-entropy over N targets): dLogits = g·(onehot − softmax); dHidden = dLogits·W (overwritten, zero on skipped
 * rows); dWeight += dLogitsᵀ·hidden (dense f32 [V, D], full fine-tuning).
 */
export interface LinearCrossEntropyArgs {
  readonly hidden: Tensor;
  readonly weight: Weight;
  readonly targets: Tensor;
  readonly logProbs: Tensor;
  readonly correct?: Tensor;
  readonly gradient?: {
    readonly dLogProbs: Tensor | number;
    readonly dHidden?: Tensor;
    readonly dWeight?: Tensor;
  };
}

/** out = a + scale · b; out may be a or b. f32, same size. */
export interface AddArgs {
  readonly a: Tensor;
  readonly b: Tensor;
  /** 1 by default. */
  readonly scale?: number;
  readonly out: Tensor;
}

/** out = value. f32 or i32. */
export interface FillArgs {
  readonly out: Tensor;
  readonly value: number;
}

/** dst = src, converting f32 ↔ bf16 (to nearest even) where the dtypes differ. Same size. */
export interface CopyArgs {
  readonly src: Tensor;
  readonly dst: Tensor;
}

/**
 * Quantises a dense f32 matrix [out, in] to NF4; the caller disposes of both. Exact rule: full blocks multiply by
 * float32(1/absmax), a partial last block divides by absmax; nibble = number of midpoints that the scaled value
 * exceeds (strictly); an all-zero block has absmax 0 and nibbles 7.
 */
export interface Nf4QuantizeArgs {
  readonly weight: Tensor;
  readonly blockSize?: number;
  readonly doubleQuant?: boolean;
}

/** out = the dense values. weight: NF4 [out, in]; out: f32 [out, in]. */
export interface Nf4DequantizeArgs {
  readonly weight: Weight;
  readonly out: Tensor;
}

/** out[0] = Σ over all tensors of Σ x². Accumulated in f64 or by pairs. tensors: f32; out: f32 [1]. */
export interface SumOfSquaresArgs {
  readonly tensors: readonly Tensor[];
  readonly out: Tensor;
}

/**
 * One AdamW step (Loshchilov and Hutter 2019), as torch.optim.AdamW computes it, with g = grad · gradScale:
 * m ← β1·m + (1−β1)·g; v ← β2·v + (1−β2)·g²; p ← p·(1 − lr·weightDecay);
 * p ← p − lr/(1−β1^step) · m / (√v/√(1−β2^step) + eps). All f32, same size; step counts from 1.
 */
export interface AdamWArgs {
  readonly param: Tensor;
  readonly grad: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly step: number;
  readonly gradScale: number;
}

/**
 * The same step with both moments in 8 bits (Dettmers et al. 2022), as bitsandbytes keeps them: blocks of 256 values, each
 * map[code] · absmax of its block, with the signed dynamic map for m and the unsigned one for v. param is updated by the moments
 * before they are quantised again.
 *
 * Exact rule, so that codes are equal on all backends; every product, sum and quotient rounds to f32: g = grad·gradScale;
 * m ← β1·m + (1−β1)·g; v ← β2·v + ((1−β2)·g)·g; absmax = the greatest magnitude of the block; the code is that of the entry whose magnitude
 * is nearest to |value|/absmax, of two equally near (at their f32 midpoint) the smaller one; a negative m takes a negative
 * entry, however small it is; a block of zeros has absmax 0 and the codes of 0 (127 for m, 0 for v).
 * param, grad: f32 [N]; mCodes, vCodes: u8 [N]; mAbsmax, vAbsmax: f32 [⌈N/256⌉].
 */
export interface AdamW8bitArgs extends Omit<AdamWArgs, 'm' | 'v'> {
  readonly mCodes: Tensor;
  readonly mAbsmax: Tensor;
  readonly vCodes: Tensor;
  readonly vAbsmax: Tensor;
}

/**
 * The k greatest of each row, in falling order; of equal ones the lower index first.
 * x: f32 [N, V]; values: f32 [N, k]; indices: i32 [N, k]. For sampling.
 */
export interface TopKArgs {
  readonly x: Tensor;
  readonly k: number;
  readonly values: Tensor;
  readonly indices: Tensor;
}
