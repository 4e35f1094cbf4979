import { BezoarError } from '@bezoar/core';
import type { FileSource, FolderSink, FolderSource } from './file-source.ts';

/** A folder that lives in a map: for browsers and tests. */
export function memoryFolder(files: Map<string, Uint8Array>, name = 'memory'): FolderSource & FolderSink {
  return {
    name,
    list: () => Promise.resolve([...files.keys()].sort()),
    exists: (file) => Promise.resolve(files.has(file)),
    open(file) {
      const bytes = files.get(file);
      if (bytes === undefined)
        return Promise.reject(new BezoarError('NOT_FOUND', `${name} has no file ${file}.`));
      return Promise.resolve(memoryFile(file, bytes));
    },
    async write(file, chunks) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) parts.push(chunk.slice());
      files.set(file, concatBytes(parts));
    },
    remove(file) {
      files.delete(file);
      return Promise.resolve();
    },
  };
}

/** A file whose bytes are in memory: for tests and browsers. */
export function memoryFile(name: string, bytes: Uint8Array): FileSource {
  return {
    name,
    size: bytes.length,
    read(offset, length) {
      if (offset < 0 || offset + length > bytes.length)
        return Promise.reject(rangeError({ name, size: bytes.length, offset, length }));
      return Promise.resolve(bytes.slice(offset, offset + length));
    },
    close: () => Promise.resolve(),
  };
}

export function rangeError(place: {
  name: string;
  size: number;
  offset: number;
  length: number;
}): BezoarError {
  return new BezoarError(
    'BAD_FILE',
    `${place.name} ends too early: ${place.size} bytes, ${place.offset + place.length} wanted.`,
    {
      advice: 'The file is truncated: fetch or write it again.',
    },
  );
}

function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
