import { TextCodes } from '../../base/text_codes.ts';
import { type SpanShapes, type StoredSpan, textAt } from '../../store/index.ts';
import { IdTable } from '../id_table.ts';
import { MAX_TRACE_SPANS } from './trace.ts';

/** Events that are told of at most; the others come with their span. */
const MAX_EVENTS = 50_000;
const MAX_VALUE_CHARACTERS = 256;
const NO_PARENT = -1;
const PARENT_NOT_ARRIVED = -2;

/** The shape of a trace as columns with one entry for each span (see the contract's `traceColumnsAnswer`). */
export interface TraceColumns {
  readonly startNs: bigint;
  readonly services: readonly string[];
  readonly operations: readonly string[];
  /** 16 hexadecimal digits for each span. */
  readonly ids: string;
  /** Row of the parent; -1 for a root, -2 when the parent has not arrived. Without cycles. */
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
function idsOf({ idHigh, idLow }: SpanShapes, rows: ArrayLike<number>): string {
  const bytes = Buffer.alloc(rows.length * 8);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    bytes.writeUInt32BE(idHigh[row] ?? 0, at * 8);
    bytes.writeUInt32BE(idLow[row] ?? 0, at * 8 + 4);
  }
  return bytes.toString('hex');
}

/** 16 digits, so that ids can stand one after the other. */
function digits16(spanId: string): string {
  return spanId.length === 16 ? spanId : spanId.padStart(16, '0').slice(-16);
}

/** Rows of the shapes by start, the longer first. */
function byStart({ start, duration }: SpanShapes): Int32Array {
  const compare = (a: number, b: number): number =>
    (start[a] ?? 0) - (start[b] ?? 0) || (duration[b] ?? 0) - (duration[a] ?? 0);
  const order = new Int32Array(start.length);
  let inOrder = true;
  for (let row = 0; row < order.length; row += 1) {
    order[row] = row;
    inOrder &&= row === 0 || compare(row - 1, row) <= 0;
  }
  return inOrder ? order : order.sort((a, b) => compare(a, b) || a - b);
}

interface Placed {
  /** Rows of the shapes in the order of the columns, each span once. */
  readonly rows: readonly number[];
  readonly parents: readonly number[];
}

/**
 * Spans in their order and the place each hangs on. A span that was sent twice counts once. Both sides of a call may
 * share an id (B3): then the side that served hangs on the one that called, and what names the id as its parent hangs on
 * the side that served. A cycle of parents is cut at the span that closes it.
 */
function placed(shapes: SpanShapes): Placed {
  const rows: number[] = [];
  const ids = new IdTable();
  /** By the reference of an id: the place of the span that its children hang on. */
  const placeOf: number[] = [];
  const callerOf = new Map<number, number>();
  for (const row of byStart(shapes)) {
    const [high, low] = [shapes.idHigh[row] ?? 0, shapes.idLow[row] ?? 0];
    const reference = ids.find(high, low);
    if (reference < 0) {
      placeOf[ids.add(high, low)] = rows.push(row) - 1;
      continue;
    }
    const known = placeOf[reference] ?? 0;
    const kind = textAt(shapes.kind, row);
    if (kind === textAt(shapes.kind, rows[known] ?? 0) || callerOf.has(known)) continue;
    const place = rows.push(row) - 1;
    if (kind === 'Server' || kind === 'Consumer') {
      callerOf.set(place, known);
      placeOf[reference] = place;
    } else callerOf.set(known, place);
  }
  const parents = rows.map((row, place) => {
    const caller = callerOf.get(place);
    if (caller !== undefined) return caller;
    const [high, low] = [shapes.parentHigh[row] ?? 0, shapes.parentLow[row] ?? 0];
    if (high === 0 && low === 0) return NO_PARENT;
    const reference = ids.find(high, low);
    return reference < 0 ? PARENT_NOT_ARRIVED : (placeOf[reference] ?? PARENT_NOT_ARRIVED);
  });
  cutCycles(parents);
  return { rows, parents };
}

/** The columns of a trace; rows are by start, the longer first. Without a span all are empty. */
export function traceColumns(shapes: SpanShapes): TraceColumns {
  const all = placed(shapes);
  const truncated = all.rows.length > MAX_TRACE_SPANS;
  const rows = truncated ? all.rows.slice(0, MAX_TRACE_SPANS) : all.rows;
  const parents = truncated ? all.parents.slice(0, MAX_TRACE_SPANS) : all.parents;
  const first = shapes.start[rows[0] ?? 0] ?? 0;
  const gathered = (column: readonly number[]): number[] => rows.map((row) => column[row] ?? 0);
  return {
    startNs: shapes.baseNs + BigInt(first),
    ids: idsOf(shapes, rows),
    parents: parents.map((parent) => (parent >= rows.length ? PARENT_NOT_ARRIVED : parent)),
    service: gathered(shapes.service.codes),
    services: shapes.service.known.texts,
    operation: gathered(shapes.name.codes),
    operations: shapes.name.known.texts,
    kind: gathered(shapes.kind.codes),
    kinds: shapes.kind.known.texts,
    status: gathered(shapes.status.codes),
    statuses: shapes.status.known.texts,
    start: rows.map((row) => (shapes.start[row] ?? 0) - first),
    duration: gathered(shapes.duration),
    truncated,
    linked: rows.flatMap((row, place) => ((shapes.links[row] ?? 0) > 0 ? [place] : [])),
    events: eventColumns(shapes, rows, first),
  };
}

function eventColumns({ events }: SpanShapes, rows: readonly number[], first: number): TraceColumns['events'] {
  const columns = { row: [] as number[], at: [] as number[], name: [] as number[] };
  const placeOf = new Map(events.row.length === 0 ? [] : rows.map((row, place) => [row, place]));
  let more = false;
  events.row.forEach((row, at) => {
    const place = placeOf.get(row);
    if (place === undefined) return;
    more ||= columns.row.length === MAX_EVENTS;
    if (columns.row.length === MAX_EVENTS) return;
    columns.row.push(place);
    columns.at.push((events.at[at] ?? 0) - first);
    columns.name.push(events.name.codes[at] ?? 0);
  });
  return { names: events.name.known.texts, ...columns, more };
}

/** Makes a root of each row whose line of parents comes back to it. */
function cutCycles(parents: number[]): void {
  // 0: not looked at; else the walk that passed by.
  const walks = new Uint32Array(parents.length);
  for (let start = 0; start < parents.length; start += 1) {
    const walk = start + 1;
    let last = -1;
    for (let row = start; row >= 0; row = parents[row] ?? NO_PARENT) {
      if (walks[row] === walk) {
        parents[last] = NO_PARENT;
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
