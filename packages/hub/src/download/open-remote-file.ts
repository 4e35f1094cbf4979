import { BezoarError } from '@bezoar/core';
import type { FileSource } from '@bezoar/formats';
import { openFolder } from '@bezoar/formats/node';
import { basename, dirname } from 'node:path';
import { failureOfError } from '../http/failure-of-error.ts';
import { failureOfResponse } from '../http/failure-of-response.ts';
import { withRetries, type Attempt } from '../http/with-retries.ts';
import type { HubSettings } from '../settings/resolve-settings.ts';
import { startOf, type FileSubject } from './file-url.ts';
import { requestRange } from './request-range.ts';

export interface RemoteFileOptions {
  readonly subject: FileSubject;
  /** Bytes. */
  readonly size: number;
  readonly settings: HubSettings;
  /** Brings the whole file here, for servers that know no ranges. Returns its path. */
  readonly fetchWhole: () => Promise<string>;
}

/**
 * A file that is read where it is: every read is a request for its range, and nothing is kept. So nothing is checked against the file's hash
 * either; the commit in the address names the content. Reading throws BezoarError BAD_FILE for a range past the end, and what requests throw.
 */
export function openRemoteFile(options: RemoteFileOptions): FileSource {
  const { subject, size, settings, fetchWhole } = options;
  let whole: Promise<FileSource> | undefined;
  const openWhole = async (): Promise<FileSource> => {
    const path = await fetchWhole();
    return openFolder(dirname(path)).open(basename(path));
  };
  return {
    name: subject.file,
    size,
    async read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new BezoarError(
          'BAD_FILE',
          `${subject.file} has ${size} bytes; ${length} from ${offset} on were wanted.`,
        );
      }
      if (length === 0) return new Uint8Array(0);
      if (whole === undefined) {
        const bytes = await withRetries(() => readRange({ offset, length }, { subject, settings }), settings);
        if (bytes !== undefined) return bytes;
      }
      whole ??= openWhole();
      return (await whole).read(offset, length);
    },
    async close() {
      await (await whole)?.close();
    },
  };
}

interface Range {
  readonly offset: number;
  readonly length: number;
}

/** Undefined when the server knows no ranges. */
async function readRange(
  { offset, length }: Range,
  { subject, settings }: Pick<RemoteFileOptions, 'subject' | 'settings'>,
): Promise<Attempt<Uint8Array | undefined>> {
  const range = `${offset}-${offset + length - 1}`;
  try {
    return await requestRange({ subject, range, settings }, async (response, heard) => {
      if (!response.ok || response.body === null) {
        await response.body?.cancel();
        return { failure: failureOfResponse(response, subject, settings) };
      }
      if (response.status !== 206) {
        await response.body.cancel();
        return { value: undefined };
      }
      const bytes = new Uint8Array(length);
      let filled = 0;
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        heard();
        if (filled + chunk.length > length) break;
        bytes.set(chunk, filled);
        filled += chunk.length;
      }
      if (startOf(response) === offset && filled === length) return { value: bytes };
      const error = new BezoarError(
        'PROVIDER_UNAVAILABLE',
        `${subject.file} of ${subject.repo.name} could not be read: another part than asked for came.`,
        { advice: 'Try again later.' },
      );
      return { failure: { retryable: true, error } };
    });
  } catch (cause) {
    return { failure: failureOfError(cause, subject) };
  }
}
