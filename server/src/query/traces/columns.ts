import { depthFirst, noParent, parentNotArrived } from '@trilith/contract';
import { TextCodes } from '../../base/text_codes.ts';
import { type SpanShapes, type StoredSpan, textAt } from '../../store/index.ts';
import { IdTable } from '../id_table.ts';
import { MAX_TRACE_SPANS } from './trace.ts';

/** Events that are told of at most; the others come with their span. */
const MAX_EVENTS = 50_000;
const MAX_VALUE_CHARACTERS = 256;

/** The shape of a trace as columns with one entry for each span (see the contract's `traceColumnsAnswer`). */
export interface TraceColumns {
  readonly startNs: bigint;
  readonly services: readonly string[];
  readonly operations: readonly string[];
  /** 16 hexadecimal digits for each span. */
  readonly ids: string;
  /** Row of the parent, which stands before; -1 for a root, -2 when the parent has not arrived. */
  readonly parents: readonly number[];
  readonly service: readonly number[];
  readonly operation: readonly number[];
  /** Places in `kinds` and `statuses`, which are as stored. */
  readonly kind: readonly number[];
  readonly kinds: readonly string[];
  readonly status: readonly number[];
  readonly statuses: readonly string[];
  /** ns after `startNs`, and ns. */
  readonly start: readonly number[];
  readonly duration: readonly number[];
  /** True when the trace has more spans than are told of. */
  readonly truncated: boolean;
  readonly linked: readonly number[];
  readonly events: {
    readonly names: readonly string[];
    readonly row: readonly number[];
    readonly at: readonly number[];
    readonly name: readonly number[];
    readonly more: boolean;
  };
}

/** Ids of rows one after the other, 16 digits each. */
function idsOf({ idHigh, idLow }: SpanShapes, rows: Int32Array): string {
  const bytes = Buffer.alloc(rows.length * 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    view.setUint32(at * 8, idHigh[row] as number);
    view.setUint32(at * 8 + 4, idLow[row] as number);
  }
  return bytes.toString('hex');
}

/** 16 digits, so that ids can stand one after the other. */
function digits16(spanId: string): string {
  return spanId.length === 16 ? spanId : spanId.padStart(16, '0').slice(-16);
}

/** Rows of the shapes by start, the longer first. */
function byStart({ rows, start, duration }: SpanShapes): Int32Array {
  const compare = (a: number, b: number): number =>
    (start[a] as number) - (start[b] as number) || (duration[b] as number) - (duration[a] as number);
  const order = new Int32Array(rows);
  let inOrder = true;
  for (let row = 0; row < rows; row++) {
    order[row] = row;
    inOrder &&= row === 0 || (start[row - 1] as number) < (start[row] as number) || compare(row - 1, row) <= 0;
  }
  return inOrder ? order : order.sort((a, b) => compare(a, b) || a - b);
}

interface Placed {
  /** Rows of the shapes in the order of the columns, each span once. */
  readonly rows: Int32Array;
  readonly parents: Int32Array;
}

/**
 * Spans in their order and the place each hangs on. A span that was sent twice counts once. Both sides of a call may
 * share an id (B3): then the side that served hangs on the one that called, and what names the id as its parent hangs on
 * the side that served. A cycle of parents is cut at the span that closes it.
 */
function placed(shapes: SpanShapes): Placed {
  const { idHigh, idLow, parentHigh, parentLow, kind } = shapes;
  const order = byStart(shapes);
  const rows = new Int32Array(order.length);
  const ids = new IdTable(order.length);
  /** By the reference of an id: the place of the span that its children hang on. */
  const placeOf = new Int32Array(order.length);
  const callerOf = new Map<number, number>();
  let count = 0;
  for (let at = 0; at < order.length; at++) {
    const row = order[at] as number;
    const [high, low] = [idHigh[row] as number, idLow[row] as number];
    const reference = ids.find(high, low);
    if (reference < 0) {
      placeOf[ids.add(high, low)] = count;
      rows[count++] = row;
      continue;
    }
    const known = placeOf[reference] as number;
    if (kind.codes[row] === kind.codes[rows[known] as number] || callerOf.has(known)) continue;
    const place = count;
    rows[count++] = row;
    const side = textAt(kind, row);
    if (side === 'Server' || side === 'Consumer') {
      callerOf.set(place, known);
      placeOf[reference] = place;
    } else callerOf.set(known, place);
  }
  const parents = new Int32Array(count);
  for (let place = 0; place < count; place++) {
    const row = rows[place] as number;
    const [high, low] = [parentHigh[row] as number, parentLow[row] as number];
    const caller = callerOf.size === 0 ? undefined : callerOf.get(place);
    if (caller !== undefined) parents[place] = caller;
    else if (high === 0 && low === 0) parents[place] = noParent;
    else {
      const reference = ids.find(high, low);
      parents[place] = reference < 0 ? parentNotArrived : (placeOf[reference] as number);
    }
  }
  cutCycles(parents);
  return { rows: rows.subarray(0, count), parents };
}

/** The values of rows in their order, as an array that JSON knows. */
function gathered(column: Uint32Array | Float64Array, rows: Int32Array): number[] {
  const values = new Array<number>(rows.length);
  for (let at = 0; at < rows.length; at++) values[at] = column[rows[at] as number] as number;
  return values;
}

/** Rows depth first, and the parent of each as JSON knows it; a parent beyond the rows has not arrived. */
function inTreeOrder(
  byStart: Int32Array,
  parents: Int32Array,
): { readonly rows: Int32Array; readonly parents: number[] } {
  const count = byStart.length;
  const above = new Int32Array(count);
  const all = new Int32Array(count);
  for (let place = 0; place < count; place++) {
    all[place] = place;
    above[place] = (parents[place] as number) >= count ? parentNotArrived : (parents[place] as number);
  }
  const places = depthFirst(above, all);
  const rows = new Int32Array(count);
  const ordered = new Array<number>(count);
  /** By the place by start: the one depth first. */
  const placed = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    const place = places[at] as number;
    const parent = above[place] as number;
    placed[place] = at;
    rows[at] = byStart[place] as number;
    ordered[at] = parent < 0 ? parent : (placed[parent] as number);
  }
  return { rows, parents: ordered };
}

/** The columns of a trace, depth first, children by start, the longer first. Without a span all are empty. */
export function traceColumns(shapes: SpanShapes): TraceColumns {
  const all = placed(shapes);
  const truncated = all.rows.length > MAX_TRACE_SPANS;
  const first = shapes.start[all.rows[0] ?? 0] ?? 0;
  const { rows, parents } = inTreeOrder(all.rows.subarray(0, MAX_TRACE_SPANS), all.parents);
  const linked: number[] = [];
  for (let place = 0; place < rows.length; place++)
    if ((shapes.links[rows[place] as number] as number) > 0) linked.push(place);
  const starts = gathered(shapes.start, rows);
  for (let place = 0; place < starts.length; place++) starts[place] = (starts[place] as number) - first;
  return {
    startNs: shapes.baseNs + BigInt(first),
    ids: idsOf(shapes, rows),
    parents,
    service: gathered(shapes.service.codes, rows),
    services: shapes.service.known.texts,
    operation: gathered(shapes.name.codes, rows),
    operations: shapes.name.known.texts,
    kind: gathered(shapes.kind.codes, rows),
    kinds: shapes.kind.known.texts,
    status: gathered(shapes.status.codes, rows),
    statuses: shapes.status.known.texts,
    start: starts,
    duration: gathered(shapes.duration, rows),
    truncated,
    linked,
    events: eventColumns(shapes, rows, first),
  };
}

function eventColumns({ events }: SpanShapes, rows: Int32Array, first: number): TraceColumns['events'] {
  const columns = { row: [] as number[], at: [] as number[], name: [] as number[] };
  const placeOf = new Map<number, number>();
  if (events.row.length > 0) for (const [place, row] of rows.entries()) placeOf.set(row, place);
  let more = false;
  events.row.forEach((row, at) => {
    const place = placeOf.get(row);
    if (place === undefined) return;
    more ||= columns.row.length === MAX_EVENTS;
    if (columns.row.length === MAX_EVENTS) return;
    columns.row.push(place);
    columns.at.push((events.at[at] ?? 0) - first);
    columns.name.push(events.name[at] ?? 0);
  });
  return { names: events.names.texts, ...columns, more };
}

/** Makes a root of each row whose line of parents comes back to it. */
function cutCycles(parents: Int32Array): void {
  // 0: not looked at; else the walk that passed by.
  const walks = new Uint32Array(parents.length);
  for (let start = 0; start < parents.length; start += 1) {
    const walk = start + 1;
    let last = -1;
    for (let row = start; row >= 0; row = parents[row] ?? noParent) {
      if (walks[row] === walk) {
        parents[last] = noParent;
        break;
      }
      if (walks[row] !== 0) break;
      walks[row] = walk;
      last = row;
    }
  }
}

/** Attributes of spans, each distinct pair once (see the contract's `traceAttributesAnswer`). */
export interface AttributeColumns {
  readonly names: readonly string[];
  readonly pairNames: readonly number[];
  readonly pairValues: readonly string[];
  readonly ids: string;
  readonly kind: readonly string[];
  readonly counts: readonly number[];
  readonly pairs: readonly number[];
}

/** What the spans say, values cut to 256 characters. */
export function attributeColumns(spans: readonly StoredSpan[]): AttributeColumns {
  const names = new TextCodes();
  const pairs = new TextCodes();
  const columns = {
    pairNames: [] as number[],
    pairValues: [] as string[],
    counts: [] as number[],
    pairs: [] as number[],
  };
  for (const span of spans) {
    const flat = span.attributes.pairs;
    columns.counts.push(flat.length / 2);
    for (let at = 0; at < flat.length; at += 2) {
      const name = names.code(flat[at] ?? '');
      const value = (flat[at + 1] ?? '').slice(0, MAX_VALUE_CHARACTERS);
      const pair = pairs.code(`${name}\u0000${value}`);
      if (pair === columns.pairNames.length) {
        columns.pairNames.push(name);
        columns.pairValues.push(value);
      }
      columns.pairs.push(pair);
    }
  }
  return {
    names: names.texts,
    ids: spans.map((span) => digits16(span.spanId)).join(''),
    kind: spans.map((span) => span.kind),
    ...columns,
  };
}
