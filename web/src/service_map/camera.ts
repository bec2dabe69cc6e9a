import { nodeHeight, nodeWidth, type Point } from './layout.ts';

/** How the drawing is looked at: scaled, then moved by px of the screen. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

const marginPx = 28;
const largestScale = 2.5;
const smallestScale = 0.08;

/** The view that holds all nodes, never larger than life; with a least scale their middle, as many as fit. */
export function cameraAround(nodes: readonly Point[], width: number, height: number, least = smallestScale): Camera {
  if (nodes.length === 0 || width === 0 || height === 0) return { x: 0, y: 0, scale: 1 };
  const xs = nodes.map(({ x }) => x);
  const ys = nodes.map(({ y }) => y);
  const left = Math.min(...xs) - nodeWidth / 2;
  const top = Math.min(...ys) - nodeHeight / 2;
  const wide = Math.max(...xs) + nodeWidth / 2 - left;
  const high = Math.max(...ys) + nodeHeight / 2 - top;
  const scale = Math.max(least, Math.min(1, (width - 2 * marginPx) / wide, (height - 2 * marginPx) / high));
  return { x: (width - wide * scale) / 2 - left * scale, y: (height - high * scale) / 2 - top * scale, scale };
}

/** Closer or further by a factor, with the point under the pointer staying where it is. */
export function zoomed({ x, y, scale }: Camera, factor: number, at: Point): Camera {
  const next = Math.min(largestScale, Math.max(smallestScale, scale * factor));
  const ratio = next / scale;
  return { x: at.x - (at.x - x) * ratio, y: at.y - (at.y - y) * ratio, scale: next };
}
