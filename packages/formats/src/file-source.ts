/**
 * Where bytes come from and go to. The compute packages read models through these two interfaces only, so that they
 * run in a browser as well: `@bezoar/formats/node` implements them over the file system, `memoryFolder` over a map.
 */
export interface FileSource {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Bytes [offset, offset + length). Throws BezoarError BAD_FILE when the range goes past the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Files to read by name. */
export interface FolderSource {
  /** For messages: the path or URL. */
  readonly name: string;
  /** Names relative to the folder, with forward slashes. */
  list(): Promise<readonly string[]>;
  exists(name: string): Promise<boolean>;
  /** Throws BezoarError NOT_FOUND when there is no such file. */
  open(name: string): Promise<FileSource>;
}

/** Where files are written by name: each is whole or not there. */
export interface FolderSink {
  readonly name: string;
  /**
   * Writes a whole file. A reader sees the old file or the new one, never a part: written beside, synced, renamed.
   */
  write(name: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void>;
  /** Removes a file. Nothing happens when there is none. */
  remove(name: string): Promise<void>;
}
