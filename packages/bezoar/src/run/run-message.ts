import type { TcpGroup } from '@bezoar/distributed';

/** What rank 0 of a run tells the others: all that they do is to train with it. */
export type RunMessage =
  /** The run is prepared: everything that comes from the Hub is in the cache. Prints of all stages, to compare with. */
  | { readonly type: 'plan'; readonly prints: Readonly<Record<string, string>> }
  /** The stage has begun, and its folder is as its training wants it. */
  | { readonly type: 'train'; readonly stage: string }
  | { readonly type: 'end' };

/** Returns when all have heard it. Without a group there is nobody to tell. */
export async function tellOthers(group: TcpGroup | undefined, message: RunMessage): Promise<void> {
  await group?.gather(new TextEncoder().encode(JSON.stringify(message)));
}

/** The next thing that rank 0 says, however long what it does takes. */
export async function hearFirst(group: TcpGroup): Promise<RunMessage> {
  const [first] = await group.gather(new Uint8Array(), { timeout: Infinity });
  return JSON.parse(new TextDecoder().decode(first)) as RunMessage;
}
