import {
  bindOps,
  signedDynamicMap,
  unsignedDynamicMap,
  withArgumentChecks,
  type Backend,
  type BackendCapabilities,
  type ProcessGroup,
  type Tensor,
} from '@bezoar/backend';
import type { CublasLibrary } from './cublas/cublas-lt.ts';
import { createLtProducts } from './cublas/lt-products.ts';
import type { CudaDevice } from './driver/open-device.ts';
import type { KernelLauncher } from './kernels/kernel-launcher.ts';
import { createPackedOperands } from './memory/packed-operands.ts';
import { createTensorMemory, type TensorMemoryOptions } from './memory/tensor-memory.ts';
import { openNcclSum } from './nccl/open-nccl-sum.ts';
import { attention, attentionBackward, MAX_HEAD_DIM } from './ops/attention.ts';
import { cachedAttention } from './ops/cached-attention.ts';
import { addNoise } from './ops/add-noise.ts';
import { doraBackward, doraForward, doraNorms } from './ops/dora.ts';
import { dropout } from './ops/dropout.ts';
import { add, copy, fill, swiglu, swigluBackward } from './ops/elementwise.ts';
import { linearCrossEntropy } from './ops/linear-cross-entropy.ts';
import { linear, linearBackwardInput, linearBackwardWeight } from './ops/linear.ts';
import { loraBackward, loraForward } from './ops/lora.ts';
import { nf4Dequantize, nf4Quantize } from './ops/nf4.ts';
import type { OpContext } from './ops/op-context.ts';
import { adamW, adamW8bit, sumOfSquares } from './ops/optimizer.ts';
import { rmsNorm, rmsNormBackward } from './ops/rms-norm.ts';
import { rope } from './ops/rope.ts';
import { gatherRows, scatterAddRows, scatterRows } from './ops/rows.ts';
import { topK } from './ops/top-k.ts';

/** What a backend is made of. */
export interface BackendParts extends TensorMemoryOptions {
  readonly device: CudaDevice;
  readonly launcher: KernelLauncher;
  readonly precision: 'bf16' | 'f32';
  /** Multiplies bf16 operands in place of the package's own kernels. */
  readonly cublas?: CublasLibrary | undefined;
  /** Products by kernels/gemm-wgmma.cu, where the device can; false by default. */
  readonly wgmma?: boolean | undefined;
  /** Of the GPU. */
  readonly name: string;
  /** Name or path of NCCL. Without it sums over processes go through the host. */
  readonly nccl?: string;
}

/** All ops over a device and its kernels. */
export function assembleBackend(parts: BackendParts): Backend {
  const { device, launcher, precision, name, cublas, wgmma = false, nccl, ...options } = parts;
  const warpgroups = wgmma && precision === 'bf16' && device.capability === 90;
  let touch: (address: number) => void = () => undefined;
  const watched = watchWrites(device, (address) => touch(address));
  const memory = createTensorMemory(watched, options);
  const packed = createPackedOperands(memory);
  touch = (address) => packed.touch(address);
  memory.onPressure(() => packed.evict());
  const reserveTable = (table: Float32Array<ArrayBuffer>): number => {
    const address = memory.reserve(table.byteLength);
    device.write(address, new Uint8Array(table.buffer));
    return address;
  };
  const signedMap = signedDynamicMap();
  let closed = false;
  const library =
    cublas === undefined || precision === 'f32'
      ? undefined
      : createLtProducts({
          library: cublas,
          onStream: (use) => device.onStream(use),
          scratch: (bytes, use) => memory.scratch(bytes, use),
        });
  const context: OpContext = {
    library,
    warpgroups,
    launch(kernel, grid, args) {
      for (const value of args) packed.touch(value);
      launcher.launch(kernel, grid, args);
    },
    launchReading: (kernel, grid, args) => launcher.launch(kernel, grid, args),
    packed,
    write: (address, bytes) => watched.write(address, bytes),
    read: (address, target) => watched.read(address, target),
    copy: (to, from, bytes) => watched.copy(to, from, bytes),
    zero: (address, bytes) => watched.zero(address, bytes),
    multiprocessors: device.multiprocessors,
    address: (tensor) => memory.address(tensor),
    output: (tensor) => memory.output(tensor),
    scratch: (bytes, use) => memory.scratch(bytes, use),
    readI32: (tensor) => memory.readI32(tensor),
    decoded: memory.decoded,
    bf16: precision === 'bf16',
    dynamicMaps: {
      signed: reserveTable(signedMap),
      signedZero: signedMap.indexOf(0),
      unsigned: reserveTable(unsignedDynamicMap()),
    },
  };
  /** A tensor that is about to be written by something else than an op. */
  const written = (tensor: Tensor): number => {
    const address = memory.address(tensor);
    packed.touch(address);
    return address;
  };
  const capabilities: BackendCapabilities = {
    description: `cuda ${name}, ${precision}${library ? ', cuBLASLt' : warpgroups ? ', wgmma' : ''}`,
    weightFormats: new Set(['f32', 'bf16', 'nf4']),
    maxHeadDim: MAX_HEAD_DIM,
    missing: {},
  };
  const ops = bindOps(context, {
    gatherRows,
    scatterRows,
    scatterAddRows,
    rmsNorm,
    rmsNormBackward,
    linear,
    linearBackwardInput,
    linearBackwardWeight,
    addNoise,
    dropout,
    loraForward,
    loraBackward,
    doraNorms,
    doraForward,
    doraBackward,
    rope,
    attention,
    attentionBackward,
    cachedAttention,
    swiglu,
    swigluBackward,
    linearCrossEntropy,
    add,
    fill,
    copy,
    nf4Quantize: (own, args) => nf4Quantize(own, memory.methods, args),
    nf4Dequantize,
    sumOfSquares,
    adamW,
    adamW8bit,
    topK,
  });
  return {
    capabilities,
    ...memory.methods,
    ...withArgumentChecks(ops, capabilities),
    ...(nccl === undefined
      ? {}
      : {
          openTensorSum: (group: ProcessGroup) =>
            openNcclSum({ group, device, address: written, library: nccl }),
        }),
    async dispose() {
      // Its plans are the host's: they do not wait for the device.
      if (!closed) library?.close();
      closed = true;
      await memory.methods.dispose();
    },
  };
}

/** The device, with `touch` told of every address that is written without a kernel. */
function watchWrites(device: CudaDevice, touch: (address: number) => void): CudaDevice {
  return {
    ...device,
    write(address, bytes) {
      touch(address);
      device.write(address, bytes);
    },
    copy(to, from, bytes) {
      touch(to);
      device.copy(to, from, bytes);
    },
    zero(address, bytes) {
      touch(address);
      device.zero(address, bytes);
    },
  };
}
