/**
 * Where names go that belong at `places`, in pixels from the bottom of a plot of `height`, so that there are `gap` pixels
 * from each to the next.
 */
export function spreadApart(places: readonly number[], gap: number, height: number): number[] {
  const order = places.map((_, index) => index).sort((a, b) => places[a]! - places[b]!);
  const sorted = order.map((index) => places[index]!);
  // Upwards first; then down again, should the topmost have left the plot.
  for (let rank = 1; rank < sorted.length; rank++) sorted[rank] = Math.max(sorted[rank]!, sorted[rank - 1]! + gap);
  for (let rank = sorted.length - 1, ceiling = height; rank >= 0; rank--, ceiling -= gap) {
    sorted[rank] = Math.min(sorted[rank]!, ceiling);
  }
  const spread: number[] = [];
  order.forEach((index, rank) => (spread[index] = sorted[rank]!));
  return spread;
}
