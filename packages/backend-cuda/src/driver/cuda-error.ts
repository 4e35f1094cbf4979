import { BezoarError } from '@bezoar/core';

/** Numbers of CUresult that are acted upon. */
export const cudaStatus = { success: 0, outOfMemory: 2, notReady: 600 } as const;

/**
 * Errors after which the context is lost: every later call gives them again (driver API, "Error handling"; among them illegal
 * addresses, failed launches, timeouts and uncorrectable memory).
 */
const sticky = new Set([214, 220, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719]);

export function isSticky(status: number): boolean {
  return sticky.has(status);
}

/** The error of a call of the driver that nobody expected to fail. */
export function cudaError(name: string, call: string, status: number): BezoarError {
  const data = { call, status, name };
  if (isSticky(status)) {
    return new BezoarError('BACKEND_UNAVAILABLE', `the GPU gave up: ${name} (seen by ${call})`, {
      advice:
        'Nothing can be computed on this GPU in this process any more: start again from the last state. If it happens again, report it with the output of `bezoar doctor`.',
      data,
    });
  }
  if (status === cudaStatus.outOfMemory) {
    return new BezoarError('OUT_OF_MEMORY', `the GPU has no memory left (${name} from ${call})`, {
      advice: 'Make the batch or the sequence length smaller, or end other programs on this GPU.',
      data,
    });
  }
  return new BezoarError('BACKEND_UNAVAILABLE', `the NVIDIA driver refused ${call}: ${name}`, {
    advice: 'Run `bezoar doctor`; a newer driver or a restart of the machine may help.',
    data,
  });
}
