import type { DType, HostArray } from '@bezoar/backend';
import type { Resident } from './resident.ts';

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
  slot.device?.release();
  slot.device = undefined;
  slot.host = undefined;
  slot.fill = undefined;
}
