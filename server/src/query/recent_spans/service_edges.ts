import { EDGE_ATTRIBUTES, type NsRange, type ServiceEdge } from '../../store/index.ts';
import { type EdgeRequest, EdgeSums } from './edge_sums.ts';
import { FieldLabels, type LabelReader, onceByCode } from './field_labels.ts';
import type { SpanSlice } from './span_slice.ts';
import { stretchReader } from './span_stretches.ts';
import { SpanTable } from './span_table.ts';
import { TraceTable } from './trace_table.ts';

/** No text, as FieldLabels number it. */
const NOTHING = 0;

/** The spans of a slice that are looked at. */
interface Part {
  readonly slice: SpanSlice;
  readonly rows: Uint32Array;
  /** By the slice's number of a trace: its number among all slices. */
  readonly traces: Uint32Array;
  /** Texts as numbers. */
  readonly service: LabelReader;
  readonly attribute: Readonly<Record<keyof typeof EDGE_ATTRIBUTES, LabelReader>>;
}

/**
 * Who calls whom in a range, as the store tells it (store/reads/service_edges.ts: readServiceEdges), quantiles by nearest rank.
 * Undefined where an id is none of 16 hex digits: spans are joined by these here.
 */
export function recentServiceEdges(slices: readonly SpanSlice[], range: NsRange): readonly ServiceEdge[] | undefined {
  if (slices.some(({ oddSpanIds, oddParentIds }) => oddSpanIds.size + oddParentIds.size > 0)) return undefined;
  const texts = new FieldLabels();
  const parts = partsOf(slices, range, texts);
  const spans = new SpanTable(parts.reduce((sum, { rows }) => sum + rows.length, 0));
  for (const { slice, rows, traces, service } of parts) {
    const { spanIds, traceOf } = slice;
    for (const row of rows)
      spans.add(
        traces[traceOf[row] as number] as number,
        spanIds[row * 2] as number,
        spanIds[row * 2 + 1] as number,
        service(row),
      );
  }
  const parents = parts.map((part) => parentsOf(part, spans));
  const answered = answeredSpans(parts, parents, spans.size);
  const edges = new EdgeSums(texts);
  for (const [i, part] of parts.entries()) addPart(edges, part, parents[i] as Int32Array, spans, answered);
  return edges.rows();
}

function partsOf(slices: readonly SpanSlice[], { startNs, endNs }: NsRange, texts: FieldLabels): Part[] {
  if (endNs <= startNs) return [];
  const stretchOf = stretchReader({ originNs: startNs - 1n, widthNs: endNs - startNs, stretches: 1 }, startNs);
  const all = new TraceTable();
  const codeOf = (text: string): number => (text === '' ? NOTHING : texts.codeOf('s', text));
  return slices.map((slice) => {
    const rows = new Uint32Array(slice.rows);
    let count = 0;
    for (let row = 0; row < slice.rows; row++)
      if (stretchOf(slice, row) === 0 && !slice.repeats.has(row)) rows[count++] = row;
    const traces = new Uint32Array(slice.traces.size);
    for (let trace = 0; trace < traces.length; trace++) traces[trace] = all.add(slice.traces.ids, trace * 4);
    const service = onceByCode(slice.originWords.size, (code) => codeOf(slice.origin(code).service));
    const first = (keys: readonly string[]): LabelReader => firstOf(slice, keys, codeOf);
    return {
      slice,
      rows: rows.subarray(0, count),
      traces,
      service: (row) => service(slice.origins.at(row)),
      attribute: {
        databaseSystem: first(EDGE_ATTRIBUTES.databaseSystem),
        queueSystem: first(EDGE_ATTRIBUTES.queueSystem),
        destination: first(EDGE_ATTRIBUTES.destination),
        database: first(EDGE_ATTRIBUTES.database),
        peer: first(EDGE_ATTRIBUTES.peer),
      },
    };
  });
}

/** The text of the first of some attributes that a row has and that is not empty, as a number. */
function firstOf(slice: SpanSlice, keys: readonly string[], codeOf: (text: string) => number): LabelReader {
  const words = keys.map((key) => slice.codeOfWord(key));
  if (words.every((word) => word < 0)) return () => NOTHING;
  const { pairEnds, pairTexts } = slice;
  /** By pair: 1 more than the place of its key in the list, 0 for other keys. */
  const places = Uint8Array.from(
    { length: pairTexts.size },
    (_, code) => words.indexOf((pairTexts.tags[code] as number) >>> 8) + 1,
  );
  const text = onceByCode(pairTexts.size, (code) => codeOf(pairTexts.text(code)));
  const pairs = slice.pairs.values;
  return (row) => {
    let best = keys.length + 1;
    let found = NOTHING;
    let seen = 0;
    for (let i = slice.pairStart(row), end = pairEnds[row] as number; i < end; i++) {
      const code = pairs[i] as number;
      const place = places[code] as number;
      // Of several of one name the first counts, as in the engine's maps.
      if (place === 0 || (seen & (1 << place)) !== 0) continue;
      seen |= 1 << place;
      if (place >= best || text(code) === NOTHING) continue;
      best = place;
      found = text(code);
    }
    return found;
  };
}

/** Of each row the number of its parent, -1 where there is none in the range. */
function parentsOf({ slice, rows, traces }: Part, spans: SpanTable): Int32Array {
  const { parentIds, traceOf } = slice;
  return Int32Array.from(rows, (row) => {
    const [high, low] = [parentIds[row * 2] as number, parentIds[row * 2 + 1] as number];
    return high === 0 && low === 0 ? -1 : spans.find(traces[traceOf[row] as number] as number, high, low);
  });
}

/** The spans that a server or a consumer names as its parent. */
function answeredSpans(parts: readonly Part[], parents: readonly Int32Array[], spans: number): Uint8Array {
  const answered = new Uint8Array(spans);
  for (const [i, { slice, rows }] of parts.entries()) {
    for (let at = 0; at < rows.length; at++) {
      const parent = parents[i]?.[at] ?? -1;
      if (parent < 0) continue;
      const { kind } = slice.form(slice.forms.at(rows[at] as number));
      if (kind === 'Server' || kind === 'Consumer') answered[parent] = 1;
    }
  }
  return answered;
}

function addPart(edges: EdgeSums, part: Part, parents: Int32Array, spans: SpanTable, answered: Uint8Array): void {
  const { slice, rows, traces, service, attribute } = part;
  const { spanIds, traceOf, durations } = slice;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    const { kind, status } = slice.form(slice.forms.at(row));
    const took = durations[row] as number;
    const failed = status === 'Error';
    const to = service(row);
    const parent = parents[at] as number;
    const called = (from: number): void => {
      if (from !== to) edges.add({ kind: 'call', from, to, system: NOTHING }, took, failed, false);
    };
    if (parent >= 0 && (kind !== 'Consumer' || attribute.queueSystem(row) === NOTHING)) {
      called(spans.firstService(parent));
      for (const from of spans.otherServices(parent) ?? []) called(from);
    }
    const own = outward(part, row, kind);
    if (own === undefined) continue;
    const trace = traces[traceOf[row] as number] as number;
    const isAnswered =
      own.kind === 'external' &&
      answered[spans.find(trace, spanIds[row * 2] as number, spanIds[row * 2 + 1] as number)] === 1;
    edges.add(own, took, failed, isAnswered);
  }
}

/** What a span tells by itself: a message sent or taken, a database asked, something called. */
function outward({ service, attribute }: Part, row: number, kind: string): EdgeRequest | undefined {
  if (kind === 'Producer' || kind === 'Consumer') {
    const system = attribute.queueSystem(row);
    if (system === NOTHING) return undefined;
    const queue = attribute.destination(row) || system;
    return kind === 'Producer'
      ? { kind: 'produce', from: service(row), to: queue, system }
      : { kind: 'consume', from: queue, to: service(row), system };
  }
  if (kind !== 'Client') return undefined;
  const system = attribute.databaseSystem(row);
  if (system !== NOTHING)
    return { kind: 'database', from: service(row), to: attribute.database(row) || system, system };
  const peer = attribute.peer(row);
  return peer === NOTHING ? undefined : { kind: 'external', from: service(row), to: peer, system: NOTHING };
}
