/*
 * The part of WebAssembly's JavaScript interface that is used here. TypeScript has the types in its DOM library only, and
 * this package is compiled without it.
 */

export interface WasmModule {
  readonly [Symbol.toStringTag]: 'WebAssembly.Module';
}

export interface SharedWasmMemory {
  readonly buffer: SharedArrayBuffer;
  /** Throws a RangeError when it cannot. */
  grow(pages: number): number;
}

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(
    module: WasmModule,
    imports: object,
  ): Promise<{ readonly exports: Readonly<Record<string, unknown>> }>;
  readonly Memory: new (sizes: { initial: number; maximum: number; shared: true }) => SharedWasmMemory;
}

export const webAssembly: WebAssemblyApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly;
