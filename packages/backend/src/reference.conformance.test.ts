import { describe, expect, it } from 'vitest';
import { testBackend } from './testkit/index.ts';
import { createReferenceBackend } from './reference/create-reference-backend.ts';

testBackend({ api: { describe, it, expect }, name: 'reference', create: createReferenceBackend });
