import { BezoarError, type ErrorCode } from '@bezoar/core';

/** An error as one line of text that another process can read, with data about its place; causes and stacks stay there. */
export function packError(error: unknown, place: Readonly<Record<string, unknown>> = {}): string {
  if (!BezoarError.isInstance(error))
    return JSON.stringify({ message: error instanceof Error ? error.message : String(error) });
  const { code, message, advice, data } = error;
  return JSON.stringify({ code, message, advice, data: plainData({ ...data, ...place }) });
}

/** The error that was packed: a BezoarError if it was one. Any other text becomes the message of an Error. */
export function unpackError(text: string): Error {
  const packed = readPacked(text);
  if (packed?.code === undefined) return new Error(packed?.message ?? text);
  const { code, message, advice, data = {} } = packed;
  return new BezoarError(code, message, { data, ...(advice === undefined ? {} : { advice }) });
}

interface PackedError {
  readonly code?: ErrorCode;
  readonly message: string;
  readonly advice?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

function readPacked(text: string): PackedError | undefined {
  try {
    const value = JSON.parse(text) as Partial<PackedError> | null;
    return typeof value?.message === 'string' ? (value as PackedError) : undefined;
  } catch {
    return undefined;
  }
}

/** What survives as JSON; a value that does not is left out, not the error. */
function plainData(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) {
    try {
      const text = JSON.stringify(value) as string | undefined;
      if (text !== undefined) plain[name] = JSON.parse(text);
    } catch {
      // Circular, or a bigint.
    }
  }
  return plain;
}
