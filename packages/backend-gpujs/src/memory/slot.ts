import type { DType, HostArray } from '@bezoar/backend';
import type { GpuTexture } from '../gpujs/gpujs-module.ts';

/** Values on the device that nobody changes any more. Copies of a tensor share them. */
export interface Resident {
  readonly data: GpuTexture | Float32Array;
  owners: number;
}

/**
 * What a tensor holds now. A kernel never writes into values that are there: it makes new ones, which take their place. So ops
 * that work in place need no care, and no texture is read and written in one call.
 */
export interface Slot {
  readonly dtype: DType;
  readonly size: number;
  /** Bits as the host gave them. i32, u8 and bf16 keep them beside the device's floats until an op writes the slot. */
  host?: HostArray | undefined;
  /** All elements are this number, and nothing is stored yet. */
  fill?: number | undefined;
  device?: Resident | undefined;
}

/** Gives up what the slot holds. */
export function clearSlot(slot: Slot): void {
  if (slot.device) releaseResident(slot.device);
  slot.device = undefined;
  slot.host = undefined;
  slot.fill = undefined;
}

export function releaseResident(resident: Resident): void {
  resident.owners -= 1;
  if (resident.owners === 0 && 'delete' in resident.data) resident.data.delete();
}
