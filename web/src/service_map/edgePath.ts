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

/** Where an edge's figures stand: near its end, because edges part there that begin at one node. */
export function labelPlace(from: Point, to: Point, bends: readonly Point[], layout: Layout): Point {
  const a = bends.at(-1) ?? edgeOf(from, to, layout);
  const b = edgeOf(to, a, layout);
  const share = bends.length > 0 ? 0.5 : labelShare;
  if (layout === 'ring') return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
  // The edge is a cubic curve whose controls stand half way along: eased across, and along nearly even.
  const across = share * share * (3 - 2 * share);
  const along = 1.5 * share * (1 - share) + share ** 3;
  return layout === 'right'
    ? { x: a.x + (b.x - a.x) * along, y: a.y + (b.y - a.y) * across }
    : { x: a.x + (b.x - a.x) * across, y: a.y + (b.y - a.y) * along };
}

const labelShare = 0.68;

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
