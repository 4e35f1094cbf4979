import { createReferenceBackend, type Backend } from '@bezoar/backend';
import type { BackendFacts } from '../shared/protocol.ts';

export interface OpenedBackend {
  readonly backend: Backend;
  readonly facts: BackendFacts;
}

/** What the page computes on. */
export function openBackend(): Promise<OpenedBackend> {
  const backend = createReferenceBackend();
  return Promise.resolve({
    backend,
    facts: { description: backend.capabilities.description, reasons: [] },
  });
}
