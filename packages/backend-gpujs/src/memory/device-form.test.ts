import { f32ToBf16 } from '@bezoar/backend';
import { createRng } from '@bezoar/core';
import { describe, expect, it } from 'vitest';
import { deviceLength, fromDeviceForm, toDeviceForm } from './device-form.ts';

const rng = createRng('device form');
const samples = {
  f32: (size: number) => Float32Array.from({ length: size }, () => rng.normal()),
  bf16: (size: number) => f32ToBf16(Float32Array.from({ length: size }, () => rng.normal())),
  i32: (size: number) => Int32Array.from({ length: size }, () => rng.int(2 ** 24) - 2 ** 23),
  u8: (size: number) => Uint8Array.from({ length: size }, () => rng.int(256)),
};

describe.each(['f32', 'bf16', 'i32', 'u8'] as const)('%s', (dtype) => {
  it.each([1, 2, 7, 64, 1001])('%i elements come back from the device with the same bits', (size) => {
    const data = samples[dtype](size);
    const floats = toDeviceForm(data);
    expect(floats).toHaveLength(deviceLength(dtype, size));
    expect(fromDeviceForm(floats, dtype, size)).toEqual(data);
  });
});
