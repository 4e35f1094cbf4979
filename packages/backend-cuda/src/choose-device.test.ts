import { describe, expect, it } from 'vitest';
import { chooseDevice } from './choose-device.ts';

const device = { name: 'a GPU', capability: 86, multiprocessors: 8, memory: 2 ** 33 };

describe('chooseDevice', () => {
  it('takes the device that was asked for', () => {
    const other = { ...device, name: 'another' };
    expect(chooseDevice({ driverVersion: 12040, devices: [device, other] }, 1)).toBe(other);
  });

  it.each([
    [{ driverVersion: 10020, devices: [device] }, 0, 'the NVIDIA driver speaks CUDA 10.2'],
    [{ driverVersion: 0, devices: [], reason: 'no such file' }, 0, 'no such file'],
    [{ driverVersion: 12040, devices: [device] }, 2, 'there is no GPU 2'],
    [
      { driverVersion: 12040, devices: [{ ...device, capability: 75 }] },
      0,
      'a GPU has compute capability 7.5',
    ],
  ])('refuses %j, device %i', (probe, ordinal, reason) => {
    expect(() => chooseDevice(probe, ordinal)).toThrow(
      expect.objectContaining({
        code: 'BACKEND_UNAVAILABLE',
        message: `the CUDA backend cannot run: ${reason}`,
        advice: expect.stringMatching(/\w/) as string,
      }),
    );
  });
});
