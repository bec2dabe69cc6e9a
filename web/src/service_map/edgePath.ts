import { type Layout, nodeHeight, nodeWidth, type Point } from './layout.ts';

/** The ends and bends of an edge as an SVG path: it leaves and enters nodes at the sides its direction suggests. */
export function edgePath(from: Point, to: Point, bends: readonly Point[], layout: Layout): string {
  const points = [edgeOf(from, bends[0] ?? to, layout), ...bends, edgeOf(to, bends.at(-1) ?? from, layout)];
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let path = `M${text(first)}`;
  let last = first;
  for (const point of rest) {
    path += layout === 'ring' ? ` L${text(point)}` : ` C${controls(last, point, layout)} ${text(point)}`;
    last = point;
  }
  return path;
}

/** The middle of an edge, where its figures stand. */
export function middleOf(from: Point, to: Point, bends: readonly Point[]): Point {
  const middle = bends[Math.floor((bends.length - 1) / 2)];
  if (middle !== undefined && bends.length % 2 === 1) return middle;
  const next = bends[Math.floor(bends.length / 2)] ?? to;
  const before = middle ?? from;
  return { x: (before.x + next.x) / 2, y: (before.y + next.y) / 2 };
}

/** Where the border of a node faces a point. */
function edgeOf(node: Point, towards: Point, layout: Layout): Point {
  const dx = towards.x - node.x;
  const dy = towards.y - node.y;
  if (layout === 'right' && Math.abs(dx) > nodeWidth / 2)
    return { x: node.x + (Math.sign(dx) * nodeWidth) / 2, y: node.y };
  if (layout === 'down' && Math.abs(dy) > nodeHeight / 2)
    return { x: node.x, y: node.y + (Math.sign(dy) * nodeHeight) / 2 };
  const scale = Math.min(nodeWidth / 2 / Math.max(1e-6, Math.abs(dx)), nodeHeight / 2 / Math.max(1e-6, Math.abs(dy)));
  return { x: node.x + dx * Math.min(1, scale), y: node.y + dy * Math.min(1, scale) };
}

function controls(a: Point, b: Point, layout: Layout): string {
  if (layout === 'right') {
    const half = (b.x - a.x) / 2;
    return `${text({ x: a.x + half, y: a.y })} ${text({ x: b.x - half, y: b.y })}`;
  }
  const half = (b.y - a.y) / 2;
  return `${text({ x: a.x, y: a.y + half })} ${text({ x: b.x, y: b.y - half })}`;
}

function text({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}
