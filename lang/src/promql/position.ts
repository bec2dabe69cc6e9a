/** A half-open range of the query text, in UTF-16 code units (what JavaScript strings and editors count in). */
export interface PositionRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A position as `line:column`, both from 1, columns counted in UTF-8 bytes as Prometheus prints them.
 * An empty query gives `unknown position`.
 */
export function lineAndColumn(query: string, position: number): string {
  if (query === '') return 'unknown position';
  if (position < 0 || position > query.length) return 'invalid position';
  const before = query.slice(0, position);
  const lastBreak = before.lastIndexOf('\n');
  const line = lastBreak === -1 ? 1 : before.split('\n').length;
  const column = new TextEncoder().encode(before.slice(lastBreak + 1)).length + 1;
  return `${line}:${column}`;
}

/** From the start of the first to the end of the last. */
export function mergeRanges(first: PositionRange, last: PositionRange): PositionRange {
  return { start: first.start, end: last.end };
}
