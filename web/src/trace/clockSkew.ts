import type { SpanTable } from './spanTable.ts';

/**
 * Starts (ns, by the answer's rows) as they would be had all services one clock: a span of another service than its
 * parent that does not lie within it is put in the parent's middle, its own subtree moving along; a longer one is moved
 * only when it starts too early. Jaeger's clock skew adjuster does the same by host.
 */
export function adjustedStarts(table: SpanTable): Float64Array {
  const { count, parent, service, start, duration, origin } = table;
  const moved = new Float64Array(count);
  const out = new Float64Array(count);
  let earliest = 0;
  for (let row = 0; row < count; row += 1) {
    const above = parent[row] ?? -1;
    if (above >= 0) {
      moved[row] =
        service[row] === service[above]
          ? (moved[above] ?? 0)
          : skewOf(
              start[row] ?? 0,
              duration[row] ?? 0,
              (start[above] ?? 0) + (moved[above] ?? 0),
              duration[above] ?? 0,
            );
    }
    const at = (start[row] ?? 0) + (moved[row] ?? 0);
    out[origin[row] ?? 0] = at;
    earliest = Math.min(earliest, at);
  }
  return earliest < 0 ? out.map((at) => at - earliest) : out;
}

function skewOf(start: number, duration: number, parentStart: number, parentDuration: number): number {
  if (start >= parentStart && start + duration <= parentStart + parentDuration) return 0;
  if (duration > parentDuration) return Math.max(0, parentStart - start);
  // A call that goes on after its caller has returned is not skew.
  if (start >= parentStart) return 0;
  return parentStart + (parentDuration - duration) / 2 - start;
}
