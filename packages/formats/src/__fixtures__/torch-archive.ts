/** A ZIP archive of stored entries, as torch writes it. */
export function archive(entries: Readonly<Record<string, Uint8Array>>, method = 0): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(entries)) {
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(content.length, 20);
    central.writeUInt32LE(content.length, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(offset, 42);
    parts.push(local, Buffer.from(name), Buffer.from(content));
    directory.push(central, Buffer.from(name));
    offset += 30 + name.length + content.length;
  }
  const size = Buffer.concat(directory).length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(entries).length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...parts, ...directory, end]));
}

/** A state dict of f32 tensors in the opcodes that torch.save uses for one. */
export function stateDict(
  tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array<ArrayBuffer> }>>,
): Uint8Array {
  const text = (value: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(Buffer.byteLength(value));
    return Buffer.concat([Buffer.from('X'), length, Buffer.from(value)]);
  };
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(5, 'J');
    bytes.writeInt32LE(value, 1);
    return bytes;
  };
  const tuple = (...items: Buffer[]): Buffer => Buffer.concat([Buffer.from('('), ...items, Buffer.from('t')]);
  const items = Object.entries(tensors).map(([name, { shape, data }], index) => {
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
    const storage = tuple(
      text('storage'),
      Buffer.from('ctorch\nFloatStorage\n'),
      text(String(index)),
      text('cpu'),
      int(data.length),
    );
    const hooks = Buffer.from('ccollections\nOrderedDict\n)R');
    const place = [int(0), tuple(...shape.map(int)), tuple(...strides.map(int)), Buffer.of(0x89), hooks];
    const rebuild = Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n');
    return [text(name), rebuild, tuple(Buffer.concat([storage, Buffer.from('Q')]), ...place), Buffer.from('R')];
  });
  const pickle = Buffer.concat([Buffer.of(0x80, 2), Buffer.from('}('), ...items.flat(), Buffer.from('u.')]);
  const storages = Object.values(tensors).map(({ data }, index): [string, Uint8Array] => [
    `archive/data/${index}`,
    new Uint8Array(data.buffer),
  ]);
  return archive({ 'archive/data.pkl': new Uint8Array(pickle), ...Object.fromEntries(storages) });
}
