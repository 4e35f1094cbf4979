import { f32ToBf16, type AddArgs, type CopyArgs, type FillArgs } from '@bezoar/backend';
import { mapElements } from './map-elements.ts';
import type { OpContext } from './op-context.ts';

export function add(context: OpContext, { a, b, scale = 1, out }: AddArgs): void {
  mapElements(context, {
    kernel: 'add',
    rows: 1,
    columns: out.size,
    elements: { a, b },
    numbers: { scale },
    formula: (at) => `${at.a} + scale * ${at.b}`,
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
