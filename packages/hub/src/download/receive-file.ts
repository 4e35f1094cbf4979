import { BezoarError } from '@bezoar/core';
import { failureOfError } from '../http/failure-of-error.ts';
import { failureOfResponse } from '../http/failure-of-response.ts';
import type { HubFailure } from '../http/hub-failure.ts';
import { withRetries, type Attempt } from '../http/with-retries.ts';
import type { HubSettings } from '../settings/resolve-settings.ts';
import { startOf, type FileSubject } from './file-url.ts';
import type { PartialWriter } from './open-partial-writer.ts';
import { requestRange } from './request-range.ts';

/** Progress is told once a mebibyte. */
const stepBytes = 1 << 20;

/**
 * Appends what is missing of a file, asking for the rest again whenever a connection breaks or falls silent. Files are asked
 * for by plain ranges: storage of every kind behind the Hub serves those, and `@huggingface/hub` cannot go on with half a file.
 */
export async function receiveFile(
  writer: PartialWriter,
  subject: FileSubject,
  settings: HubSettings,
): Promise<void> {
  let farthest = writer.size;
  await withRetries(async (): Promise<Attempt<void>> => {
    const failure = await receiveSome(writer, subject, settings);
    if (failure === undefined) return { value: undefined };
    const progressed = writer.size > farthest;
    farthest = Math.max(farthest, writer.size);
    return { failure: { ...failure, progressed } };
  }, settings);
}

/** One request. Undefined when the file is whole. */
async function receiveSome(
  writer: PartialWriter,
  subject: FileSubject,
  settings: HubSettings,
): Promise<HubFailure | undefined> {
  const { repo, file } = subject;
  if (writer.size === writer.wanted) return undefined;
  const range = writer.size === 0 ? undefined : `${writer.size}-`;
  try {
    return await requestRange({ subject, range, settings }, async (response, heard) => {
      if (!response.ok || response.body === null) {
        await response.body?.cancel();
        if (response.status !== 416) return failureOfResponse(response, subject, settings);
        await writer.restart();
        return unexpected(subject, 'the rest of it is said not to exist');
      }
      if (startOf(response) !== writer.size) await writer.restart();
      if (startOf(response) !== writer.size) return unexpected(subject, 'another part than asked for came');
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        heard();
        if (writer.size + chunk.length > writer.wanted) {
          await writer.restart();
          return unexpected(subject, `more than its ${writer.wanted} bytes came`);
        }
        const before = writer.size;
        await writer.append(chunk);
        if (
          Math.floor(before / stepBytes) !== Math.floor(writer.size / stepBytes) ||
          writer.size === writer.wanted
        )
          settings.onProgress({
            repo: repo.name,
            file,
            activity: 'download',
            done: writer.size,
            total: writer.wanted,
          });
      }
      return writer.size === writer.wanted ? undefined : unexpected(subject, 'it ended too early');
    });
  } catch (cause) {
    return failureOfError(cause, subject);
  }
}

function unexpected({ repo, file }: FileSubject, why: string): HubFailure {
  return {
    retryable: true,
    error: new BezoarError(
      'PROVIDER_UNAVAILABLE',
      `${file} of ${repo.name} could not be downloaded: ${why}.`,
      {
        advice: 'Try again later: what has arrived is kept.',
      },
    ),
  };
}
