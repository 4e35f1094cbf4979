/** Maps values of a range onto pixels, with round numbers to label. */
export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
}

export interface ScaleOptions {
  readonly values: Iterable<number>;
  /** From where to where, in pixels. */
  readonly range: readonly [number, number];
  readonly ticks?: number;
  /** Zero belongs to the range. */
  readonly zero?: boolean;
  /** The range ends where the values do, not at round numbers. */
  readonly tight?: boolean;
}

export function linearScale(options: ScaleOptions): Scale {
  const {
    values,
    range: [start, end],
    ticks = 4,
    zero = false,
    tight = false,
  } = options;
  let low = zero ? 0 : Infinity;
  let high = zero ? 0 : -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0, 1];
  if (low === high) [low, high] = low === 0 ? [0, 1] : [Math.min(0, low), Math.max(0, high)];
  const step = roundStep((high - low) / ticks);
  const [down, up] = tight ? [Math.ceil, Math.floor] : [Math.floor, Math.ceil];
  const [first, last] = [down(low / step + (tight ? -1e-9 : 1e-9)), up(high / step + (tight ? 1e-9 : -1e-9))];
  const [bottom, top] = tight ? [low, high] : [first * step, last * step];
  const scale = (value: number): number => start + ((value - bottom) / (top - bottom)) * (end - start);
  return Object.assign(scale, {
    ticks: Array.from({ length: last - first + 1 }, (_, index) =>
      Number(((first + index) * step).toPrecision(12)),
    ),
  });
}

/** 1, 2 or 5 times a power of ten, at least `raw`. */
function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((each) => each * power >= raw * (1 - 1e-9)) ?? 10;
  return factor * power;
}
