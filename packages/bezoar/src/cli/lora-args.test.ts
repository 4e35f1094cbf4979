import { describe, expect, it } from 'vitest';
import { loraSettings } from './lora-args.ts';

describe('flags of a fresh adapter', () => {
  it('are nothing by default, so that the recipe decides', () => {
    expect(Object.values(loraSettings({})).filter((value) => value !== undefined)).toEqual([]);
  });

  it('switch rsLoRA and DoRA on', () => {
    expect(loraSettings({ rslora: true, dora: true })).toMatchObject({ useRslora: true, useDora: true });
  });

  it.each([
    ['target-modules', 'q_proj, v_proj', { targetModules: ['q_proj', 'v_proj'] }],
    ['target-modules', 'all-linear', { targetModules: 'all-linear' }],
    ['target-modules', '/.*layers\\.[0-3]\\..*_proj/', { targetModules: '.*layers\\.[0-3]\\..*_proj' }],
    ['exclude-modules', 'layers.0.mlp.up_proj', { excludeModules: ['layers.0.mlp.up_proj'] }],
    ['layers-to-transform', '0,5', { layersToTransform: [0, 5] }],
    ['rank-pattern', 'q_proj=8,layers.0.*=4', { rankPattern: { q_proj: 8, 'layers.0.*': 4 } }],
    ['modules-to-save', 'lm_head,norm', { modulesToSave: ['lm_head', 'norm'] }],
    ['alpha-pattern', 'q_proj=2.5', { alphaPattern: { q_proj: 2.5 } }],
  ])('--%s %s', (flag, value, settings) => {
    expect(loraSettings({ [flag]: value })).toMatchObject(settings);
  });

  it.each([
    ['rank-pattern', 'q_proj', /name=number is needed/],
    ['rank-pattern', 'q_proj=many', /a number is needed/],
    ['layers-to-transform', 'first', /a number is needed/],
  ])('refuse --%s %s', (flag, value, message) => {
    expect(() => loraSettings({ [flag]: value })).toThrow(message);
  });
});
