export type KernelName =
  | 'add'
  | 'addBias'
  | 'fillWords'
  | 'f32ToBf16'
  | 'bf16ToF32'
  | 'swiglu'
  | 'swigluBackward'
  | 'dropout'
  | 'addDropped'
  | 'packBf16'
  | 'gatherRows'
  | 'gatherRowsBf16'
  | 'scatterRows'
  | 'scatterAddRows'
  | 'columnSums'
  | 'rmsNorm'
  | 'rmsNormBackward'
  | 'rmsNormBackwardWeight'
  | 'rope'
  | 'gemmF32NT'
  | 'gemmF32NN'
  | 'gemmF32TN'
  | 'gemmF32NTBf16'
  | 'gemmF32NNBf16'
  | 'gemmBf16NT'
  | 'gemmBf16NN'
  | 'gemmBf16TN'
  | 'reduceSplits'
  | 'gemmWgmmaNT'
  | 'gemmWgmmaNN'
  | 'nf4ToF32'
  | 'nf4ToBf16'
  | 'nf4Quantize'
  | 'attention32'
  | 'attention16'
  | 'attentionDelta'
  | 'attentionDQ32'
  | 'attentionDQ16'
  | 'attentionDKv32'
  | 'attentionDKv16'
  | 'cachedAttention'
  | 'crossEntropy'
  | 'sumOfSquares'
  | 'sumPartials'
  | 'adamW'
  | 'topK'
  | 'flash64'
  | 'flash96'
  | 'flash112'
  | 'flash128'
  | 'flashDQ64'
  | 'flashDQ96'
  | 'flashDQ112'
  | 'flashDQ128'
  | 'flashDKv64'
  | 'flashDKv96'
  | 'flashDKv112'
  | 'flashDKv128'
  | 'oneRow'
  | 'fewRows'
  | 'oneRowBf16'
  | 'fewRowsBf16'
  | 'oneRowNf4'
  | 'fewRowsNf4'
  | 'addNoise'
  | 'adamW8bit'
  | 'doraNorms'
  | 'doraNormsBf16'
  | 'doraNormsNf4'
  | 'doraForward'
  | 'doraBackward'
  | 'doraMagnitude';

/** `NF4_PARAMETERS` of kernels/nf4.cuh. */
const nf4 = 'pipppifp';
/** The parameters that all products have: a, lda, b, ldb, c, ldc, m, n, k, alpha, accumulate, bias. */
const product = 'plplpliiifip';
/** `ROWS_PARAMETERS` of kernels/few-rows.cu. */
const rows = 'pipiifip';
const attention = 'ppppppiiifi';
/** From beta1 to gradScale. */
const adamNumbers = 'fffffffff';
/** `BACKWARD_PARAMETERS` and `LAYOUT_PARAMETERS` of kernels/attention-backward.cu. */
const [backward, layout] = ['pppppp', 'piiifi'];

/**
 * The kernels by file of kernels/, with the types of their parameters in order: `p` an address, `l` 64 bits, `i` and `u` 32
 * bits signed and unsigned, `f` a float. A test holds them against the sources.
 */
export const kernelSignatures: Readonly<Record<string, Readonly<Partial<Record<KernelName, string>>>>> = {
  elementwise: {
    add: 'ppfpl',
    addBias: 'ppli',
    fillWords: 'pul',
    f32ToBf16: 'ppl',
    bf16ToF32: 'ppl',
    swiglu: 'pppl',
    swigluBackward: 'pppppl',
  },
  dropout: { dropout: 'ppluuuf', addDropped: 'ppluuuf', packBf16: 'ppliiuuuf', addNoise: 'pppliuu' },
  rows: {
    gatherRows: 'pppli',
    gatherRowsBf16: 'pppli',
    scatterRows: 'pppli',
    scatterAddRows: 'pppli',
    columnSums: 'ppli',
  },
  'rms-norm': { rmsNorm: 'ppfppi', rmsNormBackward: 'pppppi', rmsNormBackwardWeight: 'ppppli' },
  rope: { rope: 'ppppliif' },
  'gemm-f32': {
    gemmF32NT: product,
    gemmF32NN: product,
    gemmF32TN: product,
    gemmF32NTBf16: product,
    gemmF32NNBf16: product,
  },
  'gemm-bf16': {
    gemmBf16NT: `${product}p`,
    gemmBf16NN: `${product}p`,
    gemmBf16TN: `${product}p`,
    reduceSplits: 'pipllifip',
  },
  'gemm-wgmma': { gemmWgmmaNT: product, gemmWgmmaNN: product },
  'few-rows': {
    oneRow: `p${rows}`,
    fewRows: `p${rows}`,
    oneRowBf16: `p${rows}`,
    fewRowsBf16: `p${rows}`,
    oneRowNf4: `${nf4}${rows}`,
    fewRowsNf4: `${nf4}${rows}`,
  },
  nf4: { nf4ToF32: `${nf4}pl`, nf4ToBf16: `${nf4}plii`, nf4Quantize: 'plipp' },
  attention: { attention32: attention, attention16: attention },
  'attention-backward': {
    attentionDelta: 'pppli',
    attentionDQ32: `${backward}p${layout}`,
    attentionDQ16: `${backward}p${layout}`,
    attentionDKv32: `${backward}pp${layout}`,
    attentionDKv16: `${backward}pp${layout}`,
  },
  'flash-attention': {
    flash64: attention,
    flash96: attention,
    flash112: attention,
    flash128: attention,
  },
  'flash-attention-backward': {
    flashDQ64: `${backward}p${layout}`,
    flashDQ96: `${backward}p${layout}`,
    flashDQ112: `${backward}p${layout}`,
    flashDQ128: `${backward}p${layout}`,
    flashDKv64: `${backward}pp${layout}`,
    flashDKv96: `${backward}pp${layout}`,
    flashDKv112: `${backward}pp${layout}`,
    flashDKv128: `${backward}pp${layout}`,
  },
  'cached-attention': { cachedAttention: 'ppppppiiiifi' },
  'cross-entropy': { crossEntropy: 'pppppi' },
  optimizer: {
    sumOfSquares: 'plp',
    sumPartials: 'pip',
    adamW: `ppppl${adamNumbers}`,
    adamW8bit: `pppppppipl${adamNumbers}`,
  },
  dora: {
    doraNorms: 'pppfpii',
    doraNormsBf16: 'pppfpii',
    doraNormsNf4: `${nf4}ppfpii`,
    doraForward: 'ppppplii',
    doraBackward: 'ppppli',
    doraMagnitude: 'ppppli',
  },
  'top-k': { topK: 'piippp' },
};
