import { BezoarError } from '@bezoar/core';
import type { FileSource, FolderSource } from '@bezoar/formats';

/** Files that were picked or dropped, as a folder. They are read piece by piece, where they lie. */
export function fileFolder(name: string, files: readonly File[]): FolderSource {
  const known = new Map(files.map((file) => [file.name, file]));
  return {
    name,
    list: () => Promise.resolve([...known.keys()].sort()),
    exists: (file) => Promise.resolve(known.has(file)),
    open(file) {
      const found = known.get(file);
      if (found === undefined)
        return Promise.reject(new BezoarError('NOT_FOUND', `${name} has no file ${file}.`));
      return Promise.resolve(fileSource(found));
    },
  };
}

function fileSource(file: File): FileSource {
  return {
    name: file.name,
    size: file.size,
    async read(offset, length) {
      if (offset < 0 || offset + length > file.size) {
        throw new BezoarError('BAD_FILE', `${file.name} ends too early: ${file.size} bytes.`, {
          advice: 'The file is truncated: fetch or write it again.',
        });
      }
      return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
    },
    close: () => Promise.resolve(),
  };
}
