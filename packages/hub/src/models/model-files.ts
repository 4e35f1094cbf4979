import type { HubFile } from '../snapshot/hub-file.ts';

/** Weights for other tools. */
const foreign = /\.(h5|msgpack|ot|onnx|onnx_data|gguf|ggml|tflite|pt|pth|mlmodel|nemo|ckpt)$/;
const torch = /\.bin(\.index\.json)?$/;

/**
 * The files that loading a model reads: those right in the repository, without weights for other tools, and torch's only
 * where there are no safetensors.
 */
export function modelFiles(files: readonly HubFile[]): string[] {
  const own = files.map(({ path }) => path).filter((path) => !path.includes('/') && !foreign.test(path));
  return own.some((path) => path.endsWith('.safetensors')) ? own.filter((path) => !torch.test(path)) : own;
}
