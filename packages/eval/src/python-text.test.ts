import { describe, expect, it } from 'vitest';
import { capitalize, codePointLength, formatFloat, strip, stripEnd } from './python-text.ts';

// Every expectation here is what CPython 3.11 gives.
describe('strings as Python has them', () => {
  it('strips what str.isspace calls space, and no byte order mark', () => {
    expect(strip('\u00a0\x1c a b \t\n\u3000')).toBe('a b');
    expect(stripEnd('a\ufeff')).toBe('a\ufeff');
    expect(stripEnd(' a \n')).toBe(' a');
  });

  it('capitalizes the first character and lowers all others', () => {
    expect(capitalize('tHE iPhone')).toBe('The iphone');
    expect(capitalize('éCOLE')).toBe('École');
    expect(capitalize('')).toBe('');
  });

  it('counts code points', () => {
    expect(codePointLength('naïve 🦌')).toBe(7);
  });

  it.each([
    [-57.613468170166016, '-57.613468170166016'],
    [-3, '-3.0'],
    [0, '0.0'],
    [-0, '-0.0'],
    [-0.0001, '-0.0001'],
    [-0.00001, '-1e-05'],
    [1.5e-7, '1.5e-07'],
    [1e16, '1e+16'],
    [-Infinity, '-inf'],
  ])('writes %d as %s', (value, text) => {
    expect(formatFloat(value)).toBe(text);
  });
});
