import type { SafetensorsFile } from '../safetensors/open-safetensors.ts';

/** A model's weights, whatever files they lie in. Tensors are read one at a time. */
export type Checkpoint = Omit<SafetensorsFile, 'readInt32'>;
