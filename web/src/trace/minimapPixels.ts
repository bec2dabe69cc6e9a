import { isSeen, type Sifted } from './spanFilter.ts';
import type { SpanTable } from './spanTable.ts';

/** Colours as 0xAABBGGRR, which is how a canvas's pixels lie in memory. */
interface MinimapColors {
  readonly ground: number;
  readonly failed: number;
  /** By place in the table's services. */
  readonly services: readonly number[];
}

const hiddenOpacity = 0.15;
const highestRow = 4;

/** `#rrggbb` as a pixel. */
export function pixelOf(color: string): number {
  const rgb = Number.parseInt(color.slice(1), 16);
  return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
}

/** One colour over another, opaque. */
function over(color: number, ground: number, opacity: number): number {
  const part = (shift: number): number => {
    const [one, other] = [(color >> shift) & 0xff, (ground >> shift) & 0xff];
    return Math.round(one * opacity + other * (1 - opacity)) << shift;
  };
  return (0xff000000 | part(16) | part(8) | part(0)) >>> 0;
}

/**
 * A whole trace as pixels: a line for each span where they fit, else each stands in the line its place falls on; what
 * failed is drawn over the rest. Canvas calls for 100,000 spans would take the page ten times as long.
 * @param box device pixels, and how many of them make one of CSS
 */
export function minimapPixels(
  table: SpanTable,
  sifted: Sifted | null,
  colors: MinimapColors,
  box: { readonly width: number; readonly height: number; readonly margin: number; readonly scale: number },
): Uint32Array<ArrayBuffer> {
  const { width, height, margin } = box;
  const pixels = new Uint32Array(width * height).fill(colors.ground);
  const hidden = [...colors.services, colors.failed].map((color) => over(color, colors.ground, hiddenOpacity));
  const perRow = (height - 2 * margin) / table.count;
  const thick = Math.max(1, Math.round(Math.min(highestRow * box.scale, perRow)));
  const perNs = width / Math.max(table.durationNs, 1);
  const paint = (row: number, shown: number, faint: number): void => {
    const start = table.start[row] ?? 0;
    const left = Math.min(width - 1, Math.floor(start * perNs));
    const right = Math.max(left + 1, Math.min(width, Math.ceil((start + (table.duration[row] ?? 0)) * perNs)));
    const top = Math.floor(margin + row * perRow);
    const color = isSeen(sifted, row) ? shown : faint;
    for (let line = top; line < top + thick; line += 1) pixels.fill(color, line * width + left, line * width + right);
  };
  for (let row = 0; row < table.count; row += 1) {
    const service = table.service[row] ?? 0;
    if (table.failed[row] !== 1)
      paint(row, colors.services[service] ?? colors.failed, hidden[service] ?? colors.ground);
  }
  for (let row = 0; row < table.count && table.failures > 0; row += 1) {
    if (table.failed[row] === 1) paint(row, colors.failed, hidden.at(-1) ?? colors.ground);
  }
  return pixels;
}
