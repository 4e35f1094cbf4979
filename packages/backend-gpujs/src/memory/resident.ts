import type { DeviceData } from '../kernels/kernel-runner.ts';

/** Values on the device that nobody changes any more. Copies of a tensor share them. */
export interface Resident {
  readonly data: DeviceData;
  /** One more slot holds them. */
  share(): void;
  /** One slot less; the texture of the last one is deleted. */
  release(): void;
}

/** Makes residents and counts what they take. */
export interface Residents {
  /** With one owner. `length`: number of floats. */
  create(data: DeviceData, length: number): Resident;
  /** Bytes of floats on the device now, and the most there ever were. A driver may give a float four channels. */
  usage(): { readonly bytes: number; readonly peak: number; readonly textures: number };
}

export function createResidents(): Residents {
  let bytes = 0;
  let peak = 0;
  let textures = 0;
  return {
    create(data, length) {
      const texture = 'delete' in data ? data : undefined;
      let owners = 1;
      bytes += 4 * length;
      peak = Math.max(peak, bytes);
      if (texture) textures += 1;
      return {
        data,
        share() {
          owners += 1;
        },
        release() {
          owners -= 1;
          if (owners > 0) return;
          bytes -= 4 * length;
          if (!texture) return;
          textures -= 1;
          texture.delete();
        },
      };
    },
    usage: () => ({ bytes, peak, textures }),
  };
}
