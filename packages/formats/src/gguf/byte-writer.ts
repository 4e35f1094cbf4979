/** Little-endian bytes, one behind the other. */
export interface ByteWriter {
  readonly length: number;
  u32(value: number): void;
  u64(value: number | bigint): void;
  /** A value of one to eight bytes, by the setter of a DataView. */
  put(bytes: number, set: (view: DataView, at: number) => void): void;
  /** GGUF's strings: a 64-bit length, then UTF-8. */
  string(text: string): void;
  /** Zeros up to the next multiple. */
  pad(multiple: number): void;
  bytes(): Uint8Array<ArrayBuffer>;
}

export function createByteWriter(): ByteWriter {
  const utf8 = new TextEncoder();
  let buffer = new Uint8Array(1024);
  let length = 0;
  const reserve = (bytes: number): number => {
    const at = length;
    length += bytes;
    if (length > buffer.length) {
      const grown = new Uint8Array(2 * length);
      grown.set(buffer);
      buffer = grown;
    }
    return at;
  };
  const put: ByteWriter['put'] = (bytes, set) => {
    const at = reserve(bytes);
    set(new DataView(buffer.buffer), at);
  };
  const u64 = (value: number | bigint): void =>
    put(8, (view, at) => view.setBigUint64(at, BigInt(value), true));
  return {
    get length() {
      return length;
    },
    u32: (value) => put(4, (view, at) => view.setUint32(at, value, true)),
    u64,
    put,
    string(text) {
      const bytes = utf8.encode(text);
      u64(bytes.length);
      const at = reserve(bytes.length);
      buffer.set(bytes, at);
    },
    pad(multiple) {
      reserve(Math.ceil(length / multiple) * multiple - length);
    },
    bytes: () => buffer.slice(0, length),
  };
}
