import {
  depthFirst,
  parentNotArrived,
  spanKinds,
  spanStatuses,
  type TraceColumnsAnswer,
  type TraceSpan,
} from '@trilith/contract';

/** Columns of one entry for each span. */
interface SpanColumns {
  /** ns after the trace's start, and ns. */
  readonly start: Float64Array;
  readonly duration: Float64Array;
  /** Time no child covers, ns. */
  readonly self: Float64Array;
  /** Row of the parent; -1 for a root and for a span whose parent never arrived. */
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** How many spans are below; the next sibling stands `below + 1` rows on. */
  readonly below: Int32Array;
  /** Places in `services` and `operations`. */
  readonly service: Uint32Array;
  readonly operation: Uint32Array;
  readonly kind: Uint8Array;
  /** 1 where it holds: the span failed; one below did; its parent never arrived; it links elsewhere. */
  readonly failed: Uint8Array;
  readonly failedBelow: Uint8Array;
  readonly parentMissing: Uint8Array;
  readonly linked: Uint8Array;
  /** The row of the answer it came in. */
  readonly origin: Int32Array;
}

/** What happened within spans, ns after the trace's start: those of a row stand from `offsets[row]` to `offsets[row + 1]`. */
export interface EventColumns {
  readonly names: readonly string[];
  readonly offsets: Int32Array;
  readonly at: Float64Array;
  readonly name: Uint32Array;
}

/** A trace as columns, depth first, children by start: row 0 is the first root. */
export interface SpanTable extends SpanColumns {
  readonly traceId: string;
  readonly count: number;
  /** The earliest start, ns since 1970. */
  readonly startNs: bigint;
  /** From the earliest start to the latest end. */
  readonly durationNs: number;
  readonly services: readonly string[];
  readonly operations: readonly string[];
  readonly events: EventColumns;
  /** Busiest first. */
  readonly serviceCounts: readonly ServiceCount[];
  readonly failures: number;
  readonly missingParents: number;
  /** Spans that start more than a millisecond before the parent of another service. */
  readonly skewed: number;
  /** Span ids of the answer's rows, 16 digits each. */
  readonly ids: string;
}

export interface ServiceCount {
  readonly place: number;
  readonly name: string;
  readonly spans: number;
  readonly failures: number;
}

const skewToleranceNs = 1_000_000;
const errorStatus = spanStatuses.indexOf('error');
const idDigits = 16;

/** Rows of the answer by start; its own order unless starts were moved. */
function byStart(starts: ArrayLike<number>, count: number): Int32Array {
  const order = new Int32Array(count);
  let inOrder = true;
  for (let row = 0; row < count; row += 1) {
    order[row] = row;
    inOrder &&= row === 0 || (starts[row] ?? 0) >= (starts[row - 1] ?? 0);
  }
  return inOrder ? order : order.sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0) || a - b);
}

interface Flat {
  readonly origin: Int32Array;
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  readonly below: Int32Array;
}

/** The rows of an answer, which stand depth first: their parents and depths. Null where they do not. */
function asTheyStand(parents: ArrayLike<number>): Omit<Flat, 'below'> | null {
  const count = parents.length;
  const flat = { origin: new Int32Array(count), parent: new Int32Array(count), depth: new Int32Array(count) };
  for (let row = 0; row < count; row += 1) {
    const above = parents[row] ?? -1;
    flat.origin[row] = row;
    flat.parent[row] = above < 0 ? -1 : above;
    if (above < 0) continue;
    // The parent is the row before or above that one.
    let at = row - 1;
    while (at > above) at = flat.parent[at] ?? -1;
    if (at !== above) return null;
    flat.depth[row] = (flat.depth[above] ?? 0) + 1;
  }
  return flat;
}

/** The forest depth first, children in an order of the answer's rows. */
function laidOut(parents: ArrayLike<number>, order: Int32Array): Omit<Flat, 'below'> {
  const origin = depthFirst(parents, order);
  const flat = { origin, parent: new Int32Array(origin.length), depth: new Int32Array(origin.length) };
  const placed = new Int32Array(origin.length);
  for (let row = 0; row < origin.length; row += 1) {
    const from = origin[row] ?? 0;
    const above = parents[from] ?? -1;
    placed[from] = row;
    flat.parent[row] = above < 0 ? -1 : (placed[above] ?? -1);
    flat.depth[row] = above < 0 ? 0 : (flat.depth[placed[above] ?? 0] ?? 0) + 1;
  }
  return flat;
}

/** Time of each span that no child covers. */
function selfTimes(parent: Int32Array, start: Float64Array, duration: Float64Array): Float64Array {
  const self = duration.slice();
  // Up to where the children seen so far cover each span; they come by start.
  const covered = start.slice();
  for (let row = 0; row < parent.length; row += 1) {
    const above = parent[row] ?? -1;
    if (above < 0) continue;
    const from = Math.max(start[row] ?? 0, covered[above] ?? 0);
    const to = Math.min((start[row] ?? 0) + (duration[row] ?? 0), (start[above] ?? 0) + (duration[above] ?? 0));
    if (to <= from) continue;
    self[above] = (self[above] ?? 0) - (to - from);
    covered[above] = to;
  }
  return self;
}

function eventColumns(answer: TraceColumnsAnswer, origin: Int32Array): EventColumns {
  const { names, row: rows, at, name } = answer.events;
  const offsets = new Int32Array(origin.length + 1);
  const columns = { at: new Float64Array(rows.length), name: new Uint32Array(rows.length) };
  if (rows.length === 0) return { names, offsets, ...columns };
  const placed = new Int32Array(origin.length);
  for (let row = 0; row < origin.length; row += 1) placed[origin[row] ?? 0] = row;
  for (const row of rows) offsets[(placed[row] ?? 0) + 1] = (offsets[(placed[row] ?? 0) + 1] ?? 0) + 1;
  for (let row = 0; row < origin.length; row += 1) offsets[row + 1] = (offsets[row + 1] ?? 0) + (offsets[row] ?? 0);
  const next = offsets.slice();
  rows.forEach((row, from) => {
    const place = placed[row] ?? 0;
    const to = next[place] ?? 0;
    next[place] = to + 1;
    columns.at[to] = at[from] ?? 0;
    columns.name[to] = name[from] ?? 0;
  });
  return { names, offsets, ...columns };
}

/** Of the services that a row is of: an answer may name those of spans that it left out. */
function serviceCountsOf(names: readonly string[], service: Uint32Array, failed: Uint8Array): readonly ServiceCount[] {
  const spans = new Int32Array(names.length);
  const failures = new Int32Array(names.length);
  for (let row = 0; row < service.length; row += 1) {
    const place = service[row] ?? 0;
    spans[place] = (spans[place] ?? 0) + 1;
    failures[place] = (failures[place] ?? 0) + (failed[row] ?? 0);
  }
  return names
    .map((name, place) => ({ place, name, spans: spans[place] ?? 0, failures: failures[place] ?? 0 }))
    .filter((one) => one.spans > 0)
    .sort((a, b) => b.spans - a.spans || a.name.localeCompare(b.name));
}

type OwnColumns = Pick<
  SpanTable,
  'start' | 'duration' | 'service' | 'operation' | 'kind' | 'failed' | 'parentMissing' | 'linked'
>;

/** The answer's columns in the order of the rows, in one pass: the first run of a loop is what it costs. */
function ownColumns(answer: TraceColumnsAnswer, origin: Int32Array, starts: ArrayLike<number>): OwnColumns {
  const { duration, service, operation, kind, status, parents } = answer.spans;
  const count = origin.length;
  const links = new Set(answer.linked);
  const columns = {
    start: new Float64Array(count),
    duration: new Float64Array(count),
    service: new Uint32Array(count),
    operation: new Uint32Array(count),
    kind: new Uint8Array(count),
    failed: new Uint8Array(count),
    parentMissing: new Uint8Array(count),
    linked: new Uint8Array(count),
  };
  for (let row = 0; row < count; row += 1) {
    const from = origin[row] ?? 0;
    columns.start[row] = starts[from] ?? 0;
    columns.duration[row] = duration[from] ?? 0;
    columns.service[row] = service[from] ?? 0;
    columns.operation[row] = operation[from] ?? 0;
    columns.kind[row] = kind[from] ?? 0;
    columns.failed[row] = status[from] === errorStatus ? 1 : 0;
    columns.parentMissing[row] = parents[from] === parentNotArrived ? 1 : 0;
    if (links.size > 0 && links.has(from)) columns.linked[row] = 1;
  }
  return columns;
}

/**
 * The table of an answer.
 * @param starts ns after the answer's start by its rows, when clocks were adjusted
 */
export function spanTable(answer: TraceColumnsAnswer, starts?: ArrayLike<number>): SpanTable {
  const { parents, ids } = answer.spans;
  const count = parents.length;
  const begin = starts ?? answer.spans.start;
  const flat = (starts === undefined ? asTheyStand(parents) : null) ?? laidOut(parents, byStart(begin, count));
  const { origin, parent } = flat;
  const own = ownColumns(answer, origin, begin);
  const { start, duration, service, failed } = own;
  const below = new Int32Array(count);
  const failedBelow = new Uint8Array(count);
  let [skewed, durationNs, failures, missingParents] = [0, 0, 0, 0];
  for (let row = count - 1; row >= 0; row -= 1) {
    durationNs = Math.max(durationNs, (start[row] ?? 0) + (duration[row] ?? 0));
    failures += failed[row] ?? 0;
    missingParents += own.parentMissing[row] ?? 0;
    const above = parent[row] ?? -1;
    if (above < 0) continue;
    below[above] = (below[above] ?? 0) + (below[row] ?? 0) + 1;
    if (failed[row] === 1 || failedBelow[row] === 1) failedBelow[above] = 1;
    if ((start[row] ?? 0) + skewToleranceNs < (start[above] ?? 0) && service[row] !== service[above]) skewed += 1;
  }
  return {
    ...flat,
    ...own,
    traceId: answer.traceId,
    count,
    startNs: BigInt(answer.startNs),
    durationNs,
    services: answer.services,
    operations: answer.operations,
    self: selfTimes(parent, start, duration),
    below,
    failedBelow,
    events: eventColumns(answer, origin),
    serviceCounts: serviceCountsOf(answer.services, service, failed),
    failures,
    missingParents,
    skewed,
    ids,
  };
}

/** The span id of a row. */
export function idOf({ ids, origin }: SpanTable, row: number): string {
  const at = (origin[row] ?? 0) * idDigits;
  return ids.slice(at, at + idDigits);
}

/** The row of a span id, or -1. Where both sides of a call share an id it is the side that called. */
export function rowOf(table: SpanTable, spanId: string): number {
  for (let row = 0; row < table.count; row += 1) if (isAt(table, row, spanId)) return row;
  return -1;
}

function isAt({ ids, origin }: SpanTable, row: number, spanId: string): boolean {
  return ids.startsWith(spanId, (origin[row] ?? 0) * idDigits);
}

/** Rows by span id, for many at once. */
export function rowsById(table: SpanTable): ReadonlyMap<string, number> {
  const rows = new Map<string, number>();
  for (let row = table.count - 1; row >= 0; row -= 1) rows.set(idOf(table, row), row);
  return rows;
}

export function serviceOf(table: SpanTable, row: number): string {
  return table.services[table.service[row] ?? 0] ?? '';
}

export function operationOf(table: SpanTable, row: number): string {
  return table.operations[table.operation[row] ?? 0] ?? '';
}

export function kindOf(table: SpanTable, row: number): TraceSpan['kind'] {
  return spanKinds[table.kind[row] ?? 0] ?? 'unspecified';
}
