import type { Rng } from '@bezoar/core';

/** How the Hub is reached, and where files are kept. Everything has the default of Hugging Face's own tools. */
export interface HubOptions {
  /** Where settings and the token are looked up: `process.env` gives what Python would use. Nothing by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `HF_ENDPOINT`, or https://huggingface.co. */
  readonly endpoint?: string;
  /** `HF_TOKEN`, or, where there is an `env`, the file that `hf auth login` wrote. `false`: none. */
  readonly token?: string | false;
  /** `HF_HUB_CACHE`, or `hub` in `HF_HOME`, or ~/.cache/huggingface/hub. */
  readonly cacheDir?: string;
  /** Nothing is asked for, only the cache is read. `HF_HUB_OFFLINE`, or false. */
  readonly offline?: boolean;
  readonly fetch?: typeof fetch;
  /** Tries after the first one, anew whenever some bytes have arrived. 6 by default. */
  readonly maxRetries?: number;
  /** Longest wait of one request, all its pauses together, in milliseconds. 10 minutes by default. */
  readonly maxWaitMs?: number;
  /** A transfer that moves no byte for so long is broken off and tried again; downloads go on where they stopped. 60 s by default. */
  readonly idleTimeoutMs?: number;
  /** Files that are transferred at the same time. 4 by default. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** Told now and then while files arrive or are sent. */
  readonly onProgress?: (progress: HubProgress) => void;
  /** Told what happens otherwise than asked: the cache is used because the network is down, another process is waited for. */
  readonly onNote?: (message: string) => void;
  /** Resolves after the pause, or when the signal fires. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** For the jitter of pauses. */
  readonly rng?: Rng;
  readonly now?: () => Date;
}

export interface HubProgress {
  /** `org/name` */
  readonly repo: string;
  readonly file: string;
  /** `hash`: a file of this disk is read, to compare it with the Hub's. */
  readonly activity: 'download' | 'hash' | 'upload';
  /** Bytes that are through, those of earlier tries included. */
  readonly done: number;
  readonly total: number;
}
