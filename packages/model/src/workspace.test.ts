import { createReferenceBackend } from '@bezoar/backend';
import { describe, expect, it } from 'vitest';
import { createWorkspace } from './workspace.ts';

describe('createWorkspace', () => {
  it('hands the same memory out again', () => {
    const workspace = createWorkspace(createReferenceBackend());
    const first = workspace.take('f32', [2, 3]);
    workspace.release(first);
    expect(workspace.take('f32', [2, 3])).toBe(first);
    expect(workspace.take('f32', [2, 3])).not.toBe(first);
  });

  it('has never more than the largest pass, whatever came before', () => {
    const backend = createReferenceBackend();
    const workspace = createWorkspace(backend);
    const pass = (tokens: number): void => {
      const hidden = workspace.take('f32', [tokens, 8]);
      // Given back before the next one is taken: what this pass has used it may use again.
      workspace.release(workspace.take('f32', [tokens, 4]));
      workspace.release(workspace.take('f32', [tokens, 2]), workspace.take('f32', [tokens, 4]), hidden);
      workspace.endPass();
    };
    pass(100);
    const { peak } = backend.memory();
    for (const tokens of [99, 3, 98, 3, 97, 100]) pass(tokens);
    expect(backend.memory()).toMatchObject({ peak, tensors: 3 });
    workspace.dispose();
    expect(backend.memory().tensors).toBe(0);
  });

  it('keeps what a smaller pass in between had no use for', () => {
    const backend = createReferenceBackend();
    const workspace = createWorkspace(backend);
    const kept = workspace.take('f32', [64]);
    workspace.release(kept, workspace.take('f32', [8]));
    workspace.endPass();
    workspace.release(workspace.take('f32', [8]));
    workspace.endPass();
    expect(workspace.take('f32', [64])).toBe(kept);
  });

  it('throws when a buffer comes back twice', () => {
    const workspace = createWorkspace(createReferenceBackend());
    const buffer = workspace.take('f32', [1]);
    workspace.release(buffer);
    expect(() => workspace.release(buffer)).toThrow(/released twice/);
  });
});
