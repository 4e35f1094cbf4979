import { f32ToBf16, type AddArgs, type CopyArgs, type FillArgs } from '@bezoar/backend';
import type { OpContext } from './op-context.ts';

export function add(context: OpContext, { a, b, scale = 1, out }: AddArgs): void {
  context.launch({
    kernel: 'add',
    sizes: {},
    body: () => 'return a[0][this.thread.x] + scale * b[0][this.thread.x];',
    threads: [out.size],
    inputs: { a: context.view(a), b: context.view(b), scale },
    out: context.output(out),
  });
}

export function fill(context: OpContext, { out, value }: FillArgs): void {
  context.fill(context.output(out), value);
}

/** Values are never changed in place, so a copy is the same values once more. Only rounding to bf16 needs work, on the host. */
export function copy(context: OpContext, { src, dst }: CopyArgs): void {
  const from = context.view(src).slot;
  const to = context.output(dst);
  if (src.dtype === 'f32' && dst.dtype === 'bf16') context.convert(from, to, f32ToBf16);
  else context.share(from, to);
}
