import { BezoarError } from '@bezoar/core';
import type { FileSource } from '../file-source.ts';
import { bytesToF32 } from '../safetensors/convert.ts';
import { safetensorsDtypes, type SafetensorsDtype } from '../safetensors/dtypes.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { readPickle, type PickleCall, type PickleGlobal, type PicklePersistent } from './read-pickle.ts';
import { readZip } from './read-zip.ts';

const storageTypes: Readonly<Record<string, SafetensorsDtype>> = {
  'torch FloatStorage': 'F32',
  'torch HalfStorage': 'F16',
  'torch BFloat16Storage': 'BF16',
  'torch DoubleStorage': 'F64',
  'torch LongStorage': 'I64',
  'torch IntStorage': 'I32',
  'torch ShortStorage': 'I16',
  'torch CharStorage': 'I8',
  'torch ByteStorage': 'U8',
  'torch BoolStorage': 'BOOL',
};

interface TensorRecord {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** In elements. */
  readonly stride: readonly number[];
  /** In elements, from the start of the storage. */
  readonly offset: number;
  readonly storage: string;
}

/**
 * Opens a state dict that `torch.save` wrote (the ZIP form, torch ≥ 1.6), without running anything that is in it. Views and
 * tensors that share a storage are honoured. Throws BezoarError BAD_FILE, or UNSUPPORTED for the old form and for anything that
 * is not plain tensors.
 */
export async function openTorchFile(file: FileSource): Promise<Checkpoint> {
  await refuseOldForm(file);
  const entries = await readZip(file);
  const pickleName = [...entries.keys()].find((name) => name.endsWith('/data.pkl') || name === 'data.pkl');
  if (pickleName === undefined)
    throw new BezoarError('BAD_FILE', `${file.name} has no data.pkl: it is no torch file.`);
  const root = pickleName.slice(0, -'data.pkl'.length);
  const { offset, size } = entries.get(pickleName)!;
  const tensors = readTensors(await file.read(offset, size), file.name);
  const record = (name: string): TensorRecord => {
    const found = tensors.get(name);
    if (found === undefined) throw new BezoarError('BAD_FILE', `${file.name} has no tensor ${name}.`);
    return found;
  };
  const readRaw = async (name: string): Promise<Uint8Array> => {
    const { dtype, shape, stride, offset: first, storage } = record(name);
    const entry = entries.get(`${root}data/${storage}`);
    if (entry === undefined)
      throw new BezoarError('BAD_FILE', `${file.name}: the storage of ${name} is missing.`);
    const width = safetensorsDtypes[dtype];
    const count = shape.reduce((product, dim) => product * dim, 1);
    const span = count === 0 ? 0 : 1 + shape.reduce((sum, dim, axis) => sum + (dim - 1) * stride[axis]!, 0);
    if ((first + span) * width > entry.size)
      throw new BezoarError('BAD_FILE', `${file.name}: the storage of ${name} is too small.`);
    const bytes = await file.read(entry.offset + first * width, span * width);
    return isContiguous(shape, stride) ? bytes : gather(bytes, { shape, stride, width, count });
  };
  return {
    names: [...tensors.keys()],
    metadata: {},
    has: (name) => tensors.has(name),
    info: record,
    readRaw,
    readF32: async (name) => bytesToF32(await readRaw(name), record(name).dtype),
    close: () => file.close(),
  };
}

async function refuseOldForm(file: FileSource): Promise<void> {
  const start = await file.read(0, Math.min(2, file.size));
  if (start[0] !== 0x80) return;
  throw new BezoarError('UNSUPPORTED', `${file.name} was saved by torch before 1.6.`, {
    advice: 'Load and save it again with a newer torch, or use safetensors.',
  });
}

function readTensors(pickle: Uint8Array, what: string): Map<string, TensorRecord> {
  try {
    return tensorsOf(readPickle(pickle, what), what);
  } catch (error) {
    if (BezoarError.isInstance(error)) throw error;
    throw new BezoarError('BAD_FILE', `${what} holds a damaged pickle.`, {
      advice: 'Download it again.',
      cause: error,
    });
  }
}

/** The tensors of a state dict, or of one under `state_dict` or `model`. */
function tensorsOf(root: unknown, what: string): Map<string, TensorRecord> {
  const tensors = new Map<string, TensorRecord>();
  const outer = itemsOf(root);
  const inner = outer?.get('state_dict') ?? outer?.get('model');
  for (const [name, value] of itemsOf(inner) ?? outer ?? []) {
    const tensor = typeof name === 'string' ? tensorOf(value) : undefined;
    if (tensor !== undefined) tensors.set(name as string, tensor);
  }
  if (tensors.size === 0)
    throw new BezoarError('UNSUPPORTED', `${what} holds no state dict of tensors.`, {
      advice: 'Use a file of weights.',
    });
  return tensors;
}

function itemsOf(value: unknown): Map<unknown, unknown> | undefined {
  if (value instanceof Map) return value as Map<unknown, unknown>;
  return isCall(value, 'collections OrderedDict') ? value.items : undefined;
}

function tensorOf(value: unknown): TensorRecord | undefined {
  if (isCall(value, 'torch._utils _rebuild_parameter')) return tensorOf(value.args[0]);
  if (!isCall(value, 'torch._utils _rebuild_tensor_v2')) return undefined;
  const [storage, offset, shape, stride] = value.args as [PicklePersistent, number, number[], number[]];
  const [, type, key] = storage.id as [string, PickleGlobal, string];
  const dtype = storageTypes[type.name];
  return dtype === undefined ? undefined : { dtype, shape, stride, offset, storage: key };
}

function isCall(value: unknown, name: string): value is PickleCall {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'call' &&
    (value as PickleCall).name === name
  );
}

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

interface Strided {
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly width: number;
  readonly count: number;
}

/** The elements of a view in row-major order. */
function gather(bytes: Uint8Array, { shape, stride, width, count }: Strided): Uint8Array {
  const out = new Uint8Array(count * width);
  const index = shape.map(() => 0);
  for (let n = 0; n < count; n++) {
    const from = width * index.reduce((sum, position, axis) => sum + position * stride[axis]!, 0);
    out.set(bytes.subarray(from, from + width), n * width);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return out;
}
