import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { readTensorboard } from '../__fixtures__/read-tensorboard.ts';
import { crc32c } from './crc32c.ts';
import { tensorboardHeader, tensorboardScalars } from './tensorboard-events.ts';

describe('crc32c', () => {
  // RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    ['31 to 0', Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x113fdb5c],
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(), 0],
  ])('of %s', (_, bytes, wanted) => {
    expect(crc32c(bytes)).toBe(wanted);
  });
});

describe('TensorBoard events', () => {
  it('come back from a reader that was written from the specification', () => {
    const rng = createRng('events');
    const steps = [0, 1, 127, 128, 300, 16_384, 2 ** 31 + 5, 2 ** 40].map((step) => ({
      step,
      wallTime: 1_700_000_000 + step / 8,
      scalars: {
        'train/loss': rng.next() - 0.5,
        'eval/rewards/accuracies': 1,
        'train/größe': Number.NaN,
        [`long/${'x'.repeat(200)}`]: -3e38,
      },
    }));
    const file = Buffer.concat([tensorboardHeader(1_700_000_000.25), ...steps.map(tensorboardScalars)]);
    const [head, ...events] = readTensorboard(file);
    expect(head).toEqual({ wallTime: 1_700_000_000.25, step: 0, fileVersion: 'brain.Event:2', scalars: {} });
    expect(events.map(({ step, wallTime }) => ({ step, wallTime }))).toEqual(
      steps.map(({ step, wallTime }) => ({ step, wallTime })),
    );
    events.forEach(({ scalars }, index) =>
      expect(scalars).toEqual(
        Object.fromEntries(
          Object.entries(steps[index]!.scalars).map(([tag, value]) => [tag, Math.fround(value)]),
        ),
      ),
    );
  });

  it('are the bytes that the specification gives, by hand', () => {
    const record = tensorboardScalars({ wallTime: 1, step: 2, scalars: { a: 0.5 } });
    const data = '09 00 00 00 00 00 00 f0 3f  10 02  2a 0a  0a 08  0a 01 61  15 00 00 00 3f';
    expect(Buffer.from(record.subarray(12, -4)).toString('hex')).toBe(data.replaceAll(' ', ''));
    expect(Buffer.from(record.subarray(0, 8)).toString('hex')).toBe('1700000000000000');
  });

  it('are noticed by the reader when a byte is changed or missing', () => {
    const record = tensorboardScalars({ wallTime: 1, step: 2, scalars: { a: 0.5 } });
    for (let place = 0; place < record.length; place++)
      expect(() => readTensorboard(record.with(place, record[place]! ^ 1)), `${place}`).toThrow();
    expect(() => readTensorboard(record.subarray(0, -1))).toThrow();
  });
});
