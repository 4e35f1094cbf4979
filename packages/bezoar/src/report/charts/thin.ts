export type Points = readonly (readonly [x: number, y: number])[];

/**
 * At most `limit` points of a longer line, none of them new: its ends, and of every stretch between the lowest and the highest point, so
 * that no peak is lost. Points in order of x.
 */
export function thin(points: Points, limit: number): Points {
  if (points.length <= limit) return points;
  const stretches = Math.max(1, Math.floor((limit - 2) / 2));
  const inner = points.length - 2;
  const kept = [points[0]!];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = 1 + Math.floor((stretch * inner) / stretches);
    const to = 1 + Math.floor(((stretch + 1) * inner) / stretches);
    let [low, high] = [from, from];
    for (let index = from + 1; index < to; index++) {
      if (points[index]![1] < points[low]![1]) low = index;
      if (points[index]![1] > points[high]![1]) high = index;
    }
    kept.push(points[Math.min(low, high)]!);
    if (low !== high) kept.push(points[Math.max(low, high)]!);
  }
  return [...kept, points.at(-1)!];
}
