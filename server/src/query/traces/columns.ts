import type { SpanShape, StoredSpan } from '../../store/index.ts';

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
  readonly kind: readonly string[];
  readonly status: readonly string[];
  /** ns after `startNs`, and ns. */
  readonly start: readonly number[];
  readonly duration: readonly number[];
  readonly linked: readonly number[];
  readonly events: {
    readonly names: readonly string[];
    readonly row: readonly number[];
    readonly at: readonly number[];
    readonly name: readonly number[];
    readonly more: boolean;
  };
}

/** Distinct texts and the place of each. */
function placesOf(): { readonly texts: string[]; readonly placeOf: (text: string) => number } {
  const texts: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (text: string): number => {
    const known = places.get(text);
    if (known !== undefined) return known;
    places.set(text, texts.length);
    return texts.push(text) - 1;
  };
  return { texts, placeOf };
}

/** 16 digits, so that ids can stand one after the other. */
function idOf({ spanId }: Pick<SpanShape, 'spanId'>): string {
  return spanId.padStart(16, '0').slice(-16);
}

function byStart(a: SpanShape, b: SpanShape): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
  return a.durationNs > b.durationNs ? -1 : a.durationNs < b.durationNs ? 1 : 0;
}

/** The columns of a trace's spans; rows are by start, the longer first. `spans` is not empty. */
export function traceColumns(spans: readonly SpanShape[]): TraceColumns {
  const rows = spans.toSorted(byStart);
  const startNs = rows[0]?.startNs ?? 0n;
  const services = placesOf();
  const operations = placesOf();
  return {
    startNs,
    ids: rows.map(idOf).join(''),
    parents: parentRows(rows),
    service: rows.map((span) => services.placeOf(span.service)),
    operation: rows.map((span) => operations.placeOf(span.name)),
    kind: rows.map((span) => span.kind),
    status: rows.map((span) => span.status),
    start: rows.map((span) => Number(span.startNs - startNs)),
    duration: rows.map((span) => Number(span.durationNs)),
    linked: rows.flatMap((span, row) => (span.links.length > 0 ? [row] : [])),
    services: services.texts,
    operations: operations.texts,
    events: eventColumns(rows, startNs),
  };
}

function eventColumns(rows: readonly SpanShape[], startNs: bigint): TraceColumns['events'] {
  const names = placesOf();
  const columns = { row: [] as number[], at: [] as number[], name: [] as number[] };
  let more = false;
  rows.forEach((span, row) => {
    for (const event of span.events) {
      if (columns.row.length === MAX_EVENTS) {
        more = true;
        return;
      }
      columns.row.push(row);
      columns.at.push(Number(event.timeNs - startNs));
      columns.name.push(names.placeOf(event.name));
    }
  });
  return { names: names.texts, ...columns, more };
}

/**
 * The row each span hangs on. Both sides of a call may share an id (B3): then the side that served hangs on the one that
 * called, and what names the id as its parent hangs on the side that served. A cycle of parents is cut at the row that
 * closes it.
 */
export function parentRows(rows: readonly Pick<SpanShape, 'spanId' | 'parentSpanId' | 'kind'>[]): readonly number[] {
  const rowOf = new Map<string, number>();
  const callerOf = new Map<number, number>();
  rows.forEach((span, row) => {
    const known = rowOf.get(span.spanId);
    const serves = span.kind === 'Server' || span.kind === 'Consumer';
    if (known === undefined) rowOf.set(span.spanId, row);
    else if (serves) {
      callerOf.set(row, known);
      rowOf.set(span.spanId, row);
    } else callerOf.set(known, row);
  });
  const parents = rows.map((span, row) => {
    const caller = callerOf.get(row);
    if (caller !== undefined) return caller;
    if (span.parentSpanId === '') return NO_PARENT;
    return rowOf.get(span.parentSpanId) ?? PARENT_NOT_ARRIVED;
  });
  cutCycles(parents);
  return parents;
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
  const names = placesOf();
  const pairs = placesOf();
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
      const name = names.placeOf(flat[at] ?? '');
      const value = (flat[at + 1] ?? '').slice(0, MAX_VALUE_CHARACTERS);
      const pair = pairs.placeOf(`${name}\u0000${value}`);
      if (pair === columns.pairNames.length) {
        columns.pairNames.push(name);
        columns.pairValues.push(value);
      }
      columns.pairs.push(pair);
    }
  }
  return {
    names: names.texts,
    ids: spans.map(idOf).join(''),
    kind: spans.map((span) => span.kind),
    ...columns,
  };
}
