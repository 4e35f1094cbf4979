import type Anthropic from '@anthropic-ai/sdk';
import type OpenAI from 'openai';
import { importSdk } from './import-optional.ts';
import { requireKey } from './require-key.ts';

export interface SdkClientOptions {
  readonly model: string;
  readonly apiKey?: string | undefined;
  readonly baseURL?: string | undefined;
  /** One try. 10 minutes by default: a large local teacher is slow. */
  readonly timeoutMs?: number;
}

export interface SdkClient<Client> {
  /** `openai:gpt-4o` */
  readonly id: string;
  readonly apiKey: string;
  /** Loads the SDK at the first call. */
  readonly connect: () => Promise<Client>;
}

/** Throws BezoarError PROVIDER_AUTH when there is no key and the server is not on this machine. */
export function openAiClient(options: SdkClientOptions): SdkClient<OpenAI> {
  return sdkClient(
    { ...options, id: `openai:${options.model}`, variable: 'OPENAI_API_KEY' },
    async (settings) => {
      const { default: Client } = await importSdk(() => import('openai'), 'openai');
      return new Client(settings);
    },
  );
}

/** Throws BezoarError PROVIDER_AUTH when there is no key and the server is not on this machine. */
export function anthropicClient(options: SdkClientOptions): SdkClient<Anthropic> {
  return sdkClient(
    { ...options, id: `anthropic:${options.model}`, variable: 'ANTHROPIC_API_KEY' },
    async (settings) => {
      const { default: Client } = await importSdk(() => import('@anthropic-ai/sdk'), '@anthropic-ai/sdk');
      return new Client(settings);
    },
  );
}

/** Both SDKs take these. Their own retries are off: waiting is decided here. */
interface SdkSettings {
  readonly apiKey: string;
  readonly maxRetries: number;
  readonly timeout: number;
  readonly logLevel: 'off';
  readonly baseURL?: string;
}

function sdkClient<Client>(
  options: SdkClientOptions & { readonly id: string; readonly variable: string },
  make: (settings: SdkSettings) => Promise<Client>,
): SdkClient<Client> {
  const { id, variable, baseURL, timeoutMs = 600_000 } = options;
  const apiKey = requireKey({ model: id, apiKey: options.apiKey, baseURL, variable });
  let client: Promise<Client> | undefined;
  const settings: SdkSettings = {
    apiKey,
    maxRetries: 0,
    timeout: timeoutMs,
    logLevel: 'off',
    ...(baseURL === undefined ? {} : { baseURL }),
  };
  return { id, apiKey, connect: () => (client ??= make(settings)) };
}
