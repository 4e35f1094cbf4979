import { hubRequest } from '../http/hub-request.ts';
import type { HubSettings } from '../settings/resolve-settings.ts';
import { fileUrl, type FileSubject } from './file-url.ts';

export interface RangeRequest {
  readonly subject: FileSubject;
  /** As in the header: `0-1023`, `1024-`. The whole file without one. */
  readonly range: string | undefined;
  readonly settings: HubSettings;
}

/** Asks for a part of a file and hands the answer on; `heard` is called with every part that comes. When none has come for too long, it breaks off. */
export async function requestRange<Result>(
  { subject, range, settings }: RangeRequest,
  use: (response: Response, heard: () => void) => Promise<Result>,
): Promise<Result> {
  const silence = new AbortController();
  const timer = setTimeout(
    () => silence.abort(new Error('no byte has come for a while')),
    settings.idleTimeoutMs,
  );
  const { signal } = settings;
  try {
    const response = await hubRequest(
      fileUrl(subject, settings),
      {
        headers: range === undefined ? {} : { range: `bytes=${range}` },
        signal: signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]),
      },
      settings,
    );
    return await use(response, () => timer.refresh());
  } finally {
    clearTimeout(timer);
  }
}
