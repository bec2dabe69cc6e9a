import type { FoundTraceRow } from './found_traces.ts';

/** Those of some traces that match; undefined when they have more spans than are read at once, which one trace never has. */
export type Look = (traceIds: readonly string[]) => Promise<readonly FoundTraceRow[] | undefined>;

interface Enough {
  /** Traces found. */
  readonly traces: number;
  /** Spans that matched, of all traces found: so many are held in memory. */
  readonly spans: number;
}

export interface Looked {
  readonly found: readonly FoundTraceRow[];
  /** Traces looked into, from the first on: fewer than asked for when enough was found among them. */
  readonly traces: number;
  /** Spans that matched. */
  readonly spans: number;
}

/** Looks into traces in their order: all at once, or where they are too large for that, in parts of half as many. */
export async function lookInParts(look: Look, traceIds: readonly string[], enough: Enough): Promise<Looked> {
  const found: FoundTraceRow[] = [];
  let spans = 0;
  let at = 0;
  let size = traceIds.length;
  while (at < traceIds.length && found.length < enough.traces && spans < enough.spans) {
    const part = traceIds.slice(at, at + size);
    const rows = await look(part);
    if (rows === undefined) {
      size = Math.ceil(part.length / 2);
      continue;
    }
    found.push(...rows);
    for (const row of rows) for (const spanset of row.spansets) spans += spanset.spans.length;
    at += part.length;
    // After a trace that is larger than the others.
    size = part.length * 2;
  }
  return { found, traces: at, spans };
}
