import { BezoarError } from '@bezoar/core';
import type { FolderSink, FolderSource } from './file-source.ts';

/** A whole small file. Throws BezoarError NOT_FOUND. */
export async function readBytes(folder: FolderSource, name: string): Promise<Uint8Array> {
  const file = await folder.open(name);
  try {
    return await file.read(0, file.size);
  } finally {
    await file.close();
  }
}

/** The same as text. */
export async function readText(folder: FolderSource, name: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(folder, name));
}

/** Throws BezoarError NOT_FOUND, or BAD_FILE when the file is not JSON. */
export async function readJson(folder: FolderSource, name: string): Promise<unknown> {
  const text = await readText(folder, name);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BezoarError('BAD_FILE', `${folder.name}/${name} is not JSON: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

/** Indented by two, with a final newline. */
export function writeJson(sink: FolderSink, name: string, value: unknown): Promise<void> {
  return sink.write(name, [new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`)]);
}
