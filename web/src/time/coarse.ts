/** A duration (ms) rounded to what one plans with: seconds below two minutes, minutes below two hours, else quarters. */
export function coarse(ms: number): number {
  const unit = ms < 120_000 ? 1000 : ms < 7_200_000 ? 60_000 : 900_000;
  return Math.round(ms / unit) * unit;
}
