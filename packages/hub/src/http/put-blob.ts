import { BezoarError } from '@bezoar/core';
import { changedFile, isUnreadable } from './changed-file.ts';
import type { HubSettings } from '../settings/resolve-settings.ts';
import { failureOfError } from './failure-of-error.ts';
import { failureOfResponse } from './failure-of-response.ts';
import type { RequestSubject } from './hub-failure.ts';
import { hubRequest } from './hub-request.ts';
import type { Attempt } from './with-retries.ts';

export interface PutOptions {
  readonly url: string;
  readonly blob: Blob;
  readonly headers: Readonly<Record<string, string>>;
  readonly subject: RequestSubject & { readonly file: string };
  /** Told how many bytes have gone out. */
  readonly onBytes: (sent: number) => void;
}

/** Progress is told once a mebibyte. */
const stepBytes = 1 << 20;

/**
 * Sends a blob to the storage, from the disk as the connection takes it, and gives up when no byte moves for a while. The value is the
 * answer's ETag. The error of an address whose signature has expired has `expired` in its data.
 */
export async function putBlob(
  options: PutOptions,
  settings: HubSettings,
): Promise<Attempt<string | undefined>> {
  const { url, blob, headers, subject, onBytes } = options;
  const silence = new AbortController();
  const timer = setTimeout(
    () => silence.abort(new Error('no byte has gone out for a while')),
    settings.idleTimeoutMs,
  );
  let sent = 0;
  const counted = blob.stream().pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        timer.refresh();
        const before = sent;
        sent += chunk.length;
        if (Math.floor(before / stepBytes) !== Math.floor(sent / stepBytes) || sent === blob.size)
          onBytes(sent);
        controller.enqueue(chunk);
      },
    }),
  );
  try {
    const { signal } = settings;
    const init: RequestInit & { readonly duplex: 'half' } = {
      method: 'PUT',
      body: counted,
      // With anything else, Node's fetch keeps all of the body in memory, to send it again where it is redirected to.
      redirect: 'error',
      window: null,
      // Fetch cannot send a stream in both directions, and storage wants to know the length beforehand.
      duplex: 'half',
      headers: { ...headers, 'content-length': String(blob.size) },
      signal: signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]),
    };
    const response = await hubRequest(url, init, settings);
    await response.body?.cancel();
    if (response.ok) return { value: response.headers.get('etag') ?? undefined };
    if (response.status === 403) return { failure: { error: expired(subject), retryable: false } };
    return { failure: failureOfResponse(response, subject, settings) };
  } catch (cause) {
    if (isUnreadable(cause))
      return { failure: { error: changedFile(subject.file, cause), retryable: false } };
    return { failure: failureOfError(cause, subject) };
  } finally {
    clearTimeout(timer);
  }
}

function expired({ file, repo }: PutOptions['subject']): BezoarError {
  return new BezoarError('PROVIDER_UNAVAILABLE', `The storage of ${repo.name} refuses ${file} (403).`, {
    advice: 'Publish again: what has been uploaded is not sent twice.',
    data: { status: 403, expired: true },
  });
}
