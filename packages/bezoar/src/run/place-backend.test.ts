import type { GroupPlace } from '@bezoar/distributed';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { BackendChoice, Recipe } from '../recipe/recipe.ts';
import { placeBackend } from './place-backend.ts';

const place: GroupPlace = {
  ...{ rank: 5, size: 8, localRank: 1, localSize: 4 },
  ...{ host: '10.0.0.7', port: 29500, joinTimeout: undefined, timeout: undefined },
};
const placed = (backend: BackendChoice, more: Partial<GroupPlace> = {}): BackendChoice =>
  placeBackend({ backend } as Recipe, { ...place, ...more }).backend;

describe('placeBackend', () => {
  it('gives every process of a machine the GPU of its local rank, unless one is named', () => {
    expect(placed({ kind: 'cuda' })).toEqual({ kind: 'cuda', device: 1 });
    expect(placed({ kind: 'cuda', device: 0 })).toEqual({ kind: 'cuda', device: 0 });
    expect(placed({ kind: 'cuda', device: 0 }, { localRank: undefined })).toEqual({
      kind: 'cuda',
      device: 0,
    });
    expect(() => placed({ kind: 'cuda' }, { localRank: undefined })).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIG' }),
    );
  });

  it('shares the processor among them, unless threads are named', () => {
    const threads = availableParallelism();
    expect(placed({ kind: 'cpu' }, { localSize: 1 })).toEqual({ kind: 'cpu', threads });
    expect(placed({ kind: 'cpu' }, { localSize: 2 })).toEqual({
      kind: 'cpu',
      threads: Math.max(1, Math.floor(threads / 2)),
    });
    expect(placed({ kind: 'cpu' }, { localSize: 10_000 })).toEqual({ kind: 'cpu', threads: 1 });
    expect(placed({ kind: 'cpu', threads: 3 })).toEqual({ kind: 'cpu', threads: 3 });
  });

  it('leaves everything else as it is', () => {
    expect(placed({ kind: 'reference' })).toEqual({ kind: 'reference' });
    const recipe = { backend: { kind: 'cuda' } } as Recipe;
    expect(placeBackend(recipe, undefined)).toBe(recipe);
  });
});
