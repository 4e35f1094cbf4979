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

  it('frees on trim what was not used since the last trim', () => {
    const backend = createReferenceBackend();
    const workspace = createWorkspace(backend);
    workspace.release(workspace.take('f32', [4]), workspace.take('i32', [5]));
    workspace.trim();
    workspace.release(workspace.take('f32', [4]));
    workspace.trim();
    expect(backend.memory().tensors).toBe(1);
    workspace.dispose();
    expect(backend.memory().tensors).toBe(0);
  });

  it('throws when a buffer comes back twice', () => {
    const workspace = createWorkspace(createReferenceBackend());
    const buffer = workspace.take('f32', [1]);
    workspace.release(buffer);
    expect(() => workspace.release(buffer)).toThrow(/released twice/);
  });
});
