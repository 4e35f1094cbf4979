import { BezoarError } from '@bezoar/core';
import { open } from 'node:fs/promises';
import { createContentHash } from './content-hash.ts';

/** A file that grows, and is hashed as it grows. */
export interface PartialWriter {
  /** Bytes that are there. */
  readonly size: number;
  /** Bytes of the whole. */
  readonly wanted: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Throws away what is there. */
  restart(): Promise<void>;
  /** Of all bytes, in hex. */
  digest(): string;
  /** Also makes it durable. */
  close(): Promise<void>;
}

export interface PartialContent {
  readonly hash: string;
  readonly size: number;
}

const chunkBytes = 1 << 20;

/** Opens what has arrived and reads it through the hash. More than the whole is no beginning of it. */
export async function openPartialWriter(path: string, content: PartialContent): Promise<PartialWriter> {
  const file = await open(path, 'r+');
  let hash = createContentHash(content.hash, content.size);
  let size = 0;
  const restart = async (): Promise<void> => {
    await file.truncate(0);
    hash = createContentHash(content.hash, content.size);
    size = 0;
  };
  const { size: there } = await file.stat();
  if (there > content.size) await restart();
  const buffer = new Uint8Array(Math.min(chunkBytes, there));
  while (size < Math.min(there, content.size)) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
  return {
    get size() {
      return size;
    },
    wanted: content.size,
    async append(bytes) {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await file
          .write(bytes, done, bytes.length - done, size + done)
          .catch((cause: unknown) => {
            throw cannotWrite(path, cause);
          });
        done += bytesWritten;
      }
      hash.update(bytes);
      size += bytes.length;
    },
    restart,
    digest: () => hash.copy().digest('hex'),
    async close() {
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    },
  };
}

function cannotWrite(path: string, cause: unknown): BezoarError {
  return new BezoarError('BAD_FILE', `${path} could not be written: ${(cause as Error).message}.`, {
    advice: 'Check free space and permissions of the cache (HF_HUB_CACHE).',
    cause,
  });
}
