import type { SpanTable } from './spanTable.ts';

/** More lanes than anybody scrolls through; what is beyond shares the last one. */
const mostLanes = 2000;
/** So many lanes are tried for a span before it takes a new one. */
const mostTries = 64;

export interface FlameLanes {
  /** Lane of each row, 0 on top. */
  readonly of: Int32Array;
  readonly count: number;
}

/** Lanes of an icicle graph over time: each span below its parent, and none over another that runs at the same time. */
export function flameLanes({ count, parent, start, duration }: SpanTable): FlameLanes {
  const of = new Int32Array(count);
  // Until when each lane is taken, ns.
  const taken: number[] = [];
  for (let row = 0; row < count; row += 1) {
    const above = parent[row] ?? -1;
    const from = start[row] ?? 0;
    let lane = above < 0 ? 0 : (of[above] ?? 0) + 1;
    for (let tries = 0; lane < taken.length && (taken[lane] ?? 0) > from; tries += 1) {
      lane = tries < mostTries ? lane + 1 : taken.length;
    }
    lane = Math.min(lane, mostLanes - 1);
    while (taken.length <= lane) taken.push(0);
    of[row] = lane;
    taken[lane] = Math.max(taken[lane] ?? 0, from + (duration[row] ?? 0));
  }
  return { of, count: taken.length };
}

/** The row at a lane and a moment, -1 when there is none. */
export function rowAt(
  { start, duration, count }: SpanTable,
  lanes: FlameLanes,
  lane: number,
  moment: number,
  slackNs: number,
): number {
  let best = -1;
  for (let row = 0; row < count; row += 1) {
    if (lanes.of[row] !== lane) continue;
    const from = start[row] ?? 0;
    if (moment >= from - slackNs && moment <= from + (duration[row] ?? 0) + slackNs) best = row;
  }
  return best;
}
