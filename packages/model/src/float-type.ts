/** What the weights of a model folder are stored in, by torch's name. */
export type FloatType = 'float32' | 'bfloat16' | 'float16';
