import { BezoarError } from '@bezoar/core';

/** Whether reading a file of this disk failed, somewhere in the chain of causes: a blob's file has changed since it was opened. */
export function isUnreadable(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause)
    if (each.name === 'NotReadableError') return true;
  return false;
}

export function changedFile(path: string, cause: unknown): BezoarError {
  return new BezoarError('BAD_FILE', `${path} was changed while it was published.`, {
    advice: 'Wait until whatever writes it has ended, and publish again.',
    cause,
  });
}
