import { describe, expect, it } from 'vitest';
import { imageTargets } from './image-targets.ts';

const shipped = ['ptx', 'sm_120', 'sm_80', 'sm_86', 'sm_89', 'sm_90a'];

describe('imageTargets', () => {
  it.each([
    [80, ['sm_80', 'ptx']],
    [86, ['sm_86', 'sm_80', 'ptx']],
    [89, ['sm_89', 'sm_86', 'sm_80', 'ptx']],
    [90, ['sm_90a', 'ptx']],
    [100, ['ptx']],
    [120, ['sm_120', 'ptx']],
    [121, ['sm_120', 'ptx']],
  ])('%i runs %j', (capability, targets) => {
    expect(imageTargets(capability, shipped)).toEqual(targets);
  });
});
