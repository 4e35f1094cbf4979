import type { Tensor } from '@bezoar/backend';

/** The arguments of any op with other tensors in the place of its own, wherever they stand: `layout.cuSeqlens`, `gradient.dHidden`, lists. */
export function mapTensors(value: unknown, replace: (tensor: Tensor) => Tensor): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isTensor(value)) return replace(value);
  if (Array.isArray(value)) return value.map((each) => mapTensors(each, replace));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTensors(each, replace)]));
}

function isTensor(value: object): value is Tensor {
  return 'kind' in value && value.kind === 'tensor';
}
