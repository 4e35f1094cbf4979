import { createReferenceBackend } from '@bezoar/backend';
import { testBackend } from '@bezoar/backend/testkit';
import { describe, expect, it } from 'vitest';
import { createOwnBackend } from './create-own-backend.ts';

testBackend({
  api: { describe, it, expect },
  name: 'own backend',
  create: () => createOwnBackend({ lender: createReferenceBackend() }),
});
