import { describe, expect, it } from 'vitest';
import type { AdapterSettings } from './adapter-settings.ts';
import { moduleRank, moduleScale, selectsModule } from './select-modules.ts';

const parts = ['self_attn.q_proj', 'self_attn.v_proj', 'mlp.down_proj'];
const names = [0, 1, 10].flatMap((layer) => parts.map((part) => `model.layers.${layer}.${part}`));

/** Which of `names` are selected, short: `0.q`. */
function selected(settings: Pick<AdapterSettings, 'targetModules'> & Partial<AdapterSettings>): string[] {
  return names
    .filter((name) => selectsModule(settings, name))
    .map((name) => name.replace(/^model\.layers\.(\d+)\.\w+\.(\w).*$/, '$1.$2'));
}

describe('selectsModule', () => {
  // Every row was checked against check_target_module_exists of PEFT 0.21.
  it.each<[string, Pick<AdapterSettings, 'targetModules'> & Partial<AdapterSettings>, string[]]>([
    ['suffixes', { targetModules: ['q_proj'] }, ['0.q', '1.q', '10.q']],
    ['a suffix with a dot', { targetModules: ['self_attn.q_proj'] }, ['0.q', '1.q', '10.q']],
    ['no part of a name', { targetModules: ['proj', 'attn.q_proj'] }, []],
    [
      'an expression over the whole name',
      { targetModules: 'model\\.layers\\.1\\..*' },
      ['1.q', '1.v', '1.d'],
    ],
    ['an expression that fits a part only', { targetModules: 'q_proj' }, []],
    ['alternatives are held together', { targetModules: '.*q_proj|.*v' }, ['0.q', '1.q', '10.q']],
    [
      'exclusion by suffix',
      { targetModules: ['q_proj', 'v_proj'], excludeModules: ['v_proj'] },
      ['0.q', '1.q', '10.q'],
    ],
    ['exclusion by expression', { targetModules: ['q_proj'], excludeModules: '.*\\.10?\\..*' }, ['0.q']],
    ['layers', { targetModules: ['q_proj'], layersToTransform: [1] }, ['1.q']],
    [
      'no layers are all layers',
      { targetModules: ['q_proj'], layersToTransform: [] },
      ['0.q', '1.q', '10.q'],
    ],
    [
      'whole names whatever the layers',
      { targetModules: ['v_proj', names[0]!], layersToTransform: [10] },
      ['0.q', '10.v'],
    ],
    [
      'layers of a list by name',
      { targetModules: ['q_proj'], layersToTransform: [0], layersPattern: ['h', 'layers'] },
      ['0.q'],
    ],
    [
      'another list of layers',
      { targetModules: ['q_proj'], layersToTransform: [0], layersPattern: ['h'] },
      [],
    ],
  ])('%s', (_, settings, expected) => {
    expect(selected(settings)).toEqual(expected);
  });

  it('takes all-linear in any case', () => {
    expect(selected({ targetModules: 'All-Linear', excludeModules: ['down_proj', 'v_proj'] })).toEqual([
      '0.q',
      '1.q',
      '10.q',
    ]);
  });

  it.each(['(?P<layer>x)', 'model\\Z', '(', 'a{,3}'])(
    'refuses %s, which Python alone can read',
    (pattern) => {
      expect(() => selected({ targetModules: pattern })).toThrow(/^target_modules: .* cannot be read/);
    },
  );
});

describe('rank and scale of a module', () => {
  const settings = { r: 8, loraAlpha: 16, useRslora: false };

  it.each([
    ['of a suffix', { q_proj: 2 }, 2],
    ['of a suffix with dots', { 'layers.0.self_attn.q_proj': 3 }, 3],
    ['of an expression', { 'model.layers.\\d+.self_attn.(q|k)_proj': 4 }, 4],
    ['of the first key that matches', { 'self_attn.*': 5, q_proj: 6 }, 5],
    ['of no part of a name', { proj: 7, attn: 7, self_attn: 7 }, 8],
  ])('are those %s', (_, rankPattern, rank) => {
    expect(moduleRank({ ...settings, rankPattern }, names[0]!)).toBe(rank);
  });

  it('are of the module’s own rank and alpha, with rsLoRA too', () => {
    const patterns = { rankPattern: { q_proj: 4 }, alphaPattern: { q_proj: 12 } };
    expect(moduleScale(settings, names[0]!)).toBe(2);
    expect(moduleScale({ ...settings, ...patterns }, names[0]!)).toBe(3);
    expect(moduleScale({ ...settings, ...patterns, useRslora: true }, names[0]!)).toBe(6);
    expect(moduleScale({ ...settings, ...patterns, useRslora: true }, names[1]!)).toBe(16 / Math.sqrt(8));
  });
});
