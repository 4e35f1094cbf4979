/** WEIGHT_PARAMETERS of kernels/weights.h. */
const weight = 'iiiiiiiifi';

/** LORA_PARAMETERS of kernels/lora.c. */
const lora = 'iiiiiifuuuf';

export type KernelName =
  | 'bz_gemm'
  | 'bz_attention'
  | 'bz_attention_backward'
  | 'bz_cached_attention'
  | 'bz_rms_norm'
  | 'bz_rms_norm_backward'
  | 'bz_rope'
  | 'bz_swiglu'
  | 'bz_swiglu_backward'
  | 'bz_add'
  | 'bz_fill'
  | 'bz_copy_words'
  | 'bz_f32_to_bf16'
  | 'bz_bf16_to_f32'
  | 'bz_gather_rows'
  | 'bz_scatter_rows'
  | 'bz_scatter_add_rows'
  | 'bz_column_sums'
  | 'bz_add_bias'
  | 'bz_cross_entropy'
  | 'bz_dropout'
  | 'bz_lora_project'
  | 'bz_lora_expand'
  | 'bz_lora_collect'
  | 'bz_transpose'
  | 'bz_dora_norms'
  | 'bz_dora_forward'
  | 'bz_dora_backward'
  | 'bz_add_noise'
  | 'bz_nf4_quantize'
  | 'bz_nf4_dequantize'
  | 'bz_adam_w'
  | 'bz_adam_w_8bit'
  | 'bz_sum_of_squares'
  | 'bz_top_k'
  | 'bz_peak';

/**
 * Arguments of every kernel after the pool, in C's order: `i` an address or a size, `f` a float, `u` 32 bits unsigned.
 * The native tier declares them to koffi from here; WebAssembly needs none.
 */
export const kernelSignatures: Readonly<Record<KernelName, string>> = {
  bz_gemm: `iiiiiiiiiiiii${weight}`,
  bz_attention: 'iiiiiiiifiiii',
  bz_attention_backward: 'iiiiiiiiiiiifiii',
  bz_cached_attention: 'iiiiiiiiiifi',
  bz_rms_norm: 'iifiiii',
  bz_rms_norm_backward: 'iiiiiiii',
  bz_rope: 'iiiiiiif',
  bz_swiglu: 'iiii',
  bz_swiglu_backward: 'iiiiii',
  bz_add: 'iifii',
  bz_fill: 'iui',
  bz_copy_words: 'iii',
  bz_f32_to_bf16: 'iii',
  bz_bf16_to_f32: 'iii',
  bz_gather_rows: 'iiiiii',
  bz_scatter_rows: 'iiiii',
  bz_scatter_add_rows: 'iiiii',
  bz_column_sums: 'iiii',
  bz_add_bias: 'iiii',
  bz_cross_entropy: 'iiiiiii',
  bz_dropout: 'iiiuuuf',
  bz_lora_project: lora,
  bz_lora_expand: lora,
  bz_lora_collect: lora,
  bz_transpose: 'iiii',
  bz_dora_norms: `iifiiii${weight}`,
  bz_dora_forward: 'iiiiiiii',
  bz_dora_backward: 'iiiiiiii',
  bz_add_noise: 'iiiiiuu',
  bz_nf4_quantize: 'iiiii',
  bz_nf4_dequantize: `ii${weight}`,
  bz_adam_w: 'iiiiifffffffff',
  bz_adam_w_8bit: 'iiiiiiiiifffffffff',
  bz_sum_of_squares: 'iii',
  bz_top_k: 'iiiiii',
  bz_peak: 'iii',
};
