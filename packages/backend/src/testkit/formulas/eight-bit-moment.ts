/** A moment in 8 bits: codes of a dynamic map, and the greatest magnitude of every block of 256. */
export interface EightBitMoment {
  readonly codes: Float64Array;
  readonly absmax: Float64Array;
}

const block = 256;

export function decodedMoment(map: Float32Array, { codes, absmax }: EightBitMoment): Float64Array {
  return codes.map((code, i) => Math.fround(map[code]! * absmax[Math.floor(i / block)]!));
}

/** Each code by a search through all entries on its value's side of 0. */
export function encodedMoment(map: Float32Array, values: Float64Array): EightBitMoment {
  const absmax = Float64Array.from({ length: Math.ceil(values.length / block) }, (_, b) =>
    values.subarray(b * block, (b + 1) * block).reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
  const [below, above] = [sideOf(map, (entry) => entry < 0), sideOf(map, (entry) => entry >= 0)];
  const codes = values.map((value, i) => {
    const greatest = absmax[Math.floor(i / block)]!;
    const scaled = greatest === 0 ? 0 : Math.fround(value / greatest);
    const side = scaled < 0 ? below : above;
    return side.findLast(({ least }) => Math.abs(scaled) > least)!.code;
  });
  return { codes, absmax };
}

/** The entries on one side of 0 by magnitude, each with the midpoint that a magnitude must exceed. */
function sideOf(map: Float32Array, holds: (entry: number) => boolean): { code: number; least: number }[] {
  const entries = Array.from(map, (entry, code) => ({ entry, code })).filter(({ entry }) => holds(entry));
  entries.sort((a, b) => Math.abs(a.entry) - Math.abs(b.entry));
  return entries.map(({ entry, code }, i) => {
    const before = entries[i - 1];
    const least = before && Math.fround((Math.abs(entry) + Math.abs(before.entry)) / 2);
    return { code, least: least ?? -1 };
  });
}
