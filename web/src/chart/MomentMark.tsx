import type { PlotBox } from './options.ts';

/** A line over the plot at a moment (ms); nothing when it lies outside. */
export function MomentMark({ box, atMs }: { readonly box: PlotBox; readonly atMs: number }) {
  const { x, left, top, width, height } = box;
  if (atMs < x.min || atMs > x.max) return null;
  return (
    <div
      className="moment-mark"
      style={{ left: left + ((atMs - x.min) / (x.max - x.min || 1)) * width, top, height }}
    />
  );
}
