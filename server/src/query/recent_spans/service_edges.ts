import { EDGE_ATTRIBUTES, type NsRange, type ServiceEdge } from '../../store/index.ts';
import { EdgeSums } from './edge_sums.ts';
import { FieldLabels, type LabelReader, onceByCode } from './field_labels.ts';
import { inTurns } from './in_turns.ts';
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
export async function recentServiceEdges(
  slices: readonly SpanSlice[],
  range: NsRange,
): Promise<readonly ServiceEdge[] | undefined> {
  if (slices.some(({ oddSpanIds, oddParentIds }) => oddSpanIds.size + oddParentIds.size > 0)) return undefined;
  const texts = new FieldLabels();
  const parts = await partsOf(slices, range, texts);
  const spans = new SpanTable(parts.reduce((sum, { rows }) => sum + rows.length, 0));
  const own: Int32Array[] = [];
  for await (const part of inTurns(parts)) own.push(addSpans(part, spans));
  const parents: Int32Array[] = [];
  for await (const part of inTurns(parts)) parents.push(parentsOf(part, spans));
  const answered = answeredSpans(parts, parents, spans.size);
  const edges = new EdgeSums(texts);
  for await (const [i, part] of inTurns([...parts.entries()])) {
    addCalls(edges, part, parents[i] as Int32Array, spans);
    addOutward(edges, part, own[i] as Int32Array, answered);
  }
  return edges.rows();
}

async function partsOf(
  slices: readonly SpanSlice[],
  { startNs, endNs }: NsRange,
  texts: FieldLabels,
): Promise<readonly Part[]> {
  if (endNs <= startNs) return [];
  const stretchOf = stretchReader({ originNs: startNs - 1n, widthNs: endNs - startNs, stretches: 1 }, startNs);
  const all = new TraceTable();
  const codeOf = (text: string): number => (text === '' ? NOTHING : texts.codeOf('s', text));
  const parts: Part[] = [];
  for await (const slice of inTurns(slices)) {
    const rows = new Uint32Array(slice.rows);
    let count = 0;
    for (let row = 0; row < slice.rows; row++)
      if (stretchOf(slice, row) === 0 && !slice.repeats.has(row)) rows[count++] = row;
    const traces = new Uint32Array(slice.traces.size);
    for (let trace = 0; trace < traces.length; trace++) traces[trace] = all.add(slice.traces.ids, trace * 4);
    const service = onceByCode(slice.originWords.size, (code) => codeOf(slice.origin(code).service));
    const first = (keys: readonly string[]): LabelReader => firstOf(slice, keys, codeOf);
    parts.push({
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
    });
  }
  return parts;
}

/** The text of the first of some attributes that a row has and that is not empty, as a number. */
function firstOf(slice: SpanSlice, keys: readonly string[], codeOf: (text: string) => number): LabelReader {
  const words = keys.map((key) => slice.codeOfWord(key));
  if (words.every((word) => word < 0)) return () => NOTHING;
  const { pairEnds, pairTexts } = slice;
  /** By key: 1 more than its place in the list, 0 for other keys. By pair: the same of its key. */
  const placeOfKey = new Uint8Array(slice.texts.size);
  for (const [i, word] of words.entries()) if (word >= 0) placeOfKey[word] = i + 1;
  const places = new Uint8Array(pairTexts.size);
  for (let code = 0; code < places.length; code++)
    places[code] = placeOfKey[(pairTexts.tags[code] as number) >>> 8] as number;
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

/** Adds the spans of a part; returns the number of each row's. */
function addSpans({ slice, rows, traces, service }: Part, spans: SpanTable): Int32Array {
  const { spanIds, traceOf } = slice;
  const numbers = new Int32Array(rows.length);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    const trace = traces[traceOf[row] as number] as number;
    numbers[at] = spans.add(trace, spanIds[row * 2] as number, spanIds[row * 2 + 1] as number, service(row));
  }
  return numbers;
}

/** Of each row the number of its parent, -1 where there is none in the range. */
function parentsOf({ slice, rows, traces }: Part, spans: SpanTable): Int32Array {
  const { parentIds, traceOf } = slice;
  const numbers = new Int32Array(rows.length).fill(-1);
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    const [high, low] = [parentIds[row * 2] as number, parentIds[row * 2 + 1] as number];
    if (high !== 0 || low !== 0) numbers[at] = spans.find(traces[traceOf[row] as number] as number, high, low);
  }
  return numbers;
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

/** Calls, counted where they are answered. */
function addCalls(
  edges: EdgeSums,
  { slice, rows, service, attribute }: Part,
  parents: Int32Array,
  spans: SpanTable,
): void {
  for (let at = 0; at < rows.length; at++) {
    const parent = parents[at] as number;
    if (parent < 0) continue;
    const row = rows[at] as number;
    const { kind, status, weight } = slice.form(slice.forms.at(row));
    if (kind === 'Consumer' && attribute.queueSystem(row) !== NOTHING) continue;
    const to = service(row);
    const span = { durationNs: slice.durations[row] as number, failed: status === 'Error', weight };
    const first = spans.firstService(parent);
    if (first !== to) edges.add('call', first, to, NOTHING, span);
    for (const from of spans.otherServices(parent) ?? []) if (from !== to) edges.add('call', from, to, NOTHING, span);
  }
}

/** What spans tell by themselves: a message sent or taken, a database asked, something called. */
function addOutward(edges: EdgeSums, part: Part, own: Int32Array, answered: Uint8Array): void {
  const { slice, rows, service, attribute } = part;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    const { kind, status, weight } = slice.form(slice.forms.at(row));
    const span = { durationNs: slice.durations[row] as number, failed: status === 'Error', weight };
    if (kind === 'Producer' || kind === 'Consumer') {
      const system = attribute.queueSystem(row);
      if (system === NOTHING) continue;
      const queue = attribute.destination(row) || system;
      if (kind === 'Producer') edges.add('produce', service(row), queue, system, span);
      else edges.add('consume', queue, service(row), system, span);
    } else if (kind === 'Client') {
      const system = attribute.databaseSystem(row);
      if (system !== NOTHING) edges.add('database', service(row), attribute.database(row) || system, system, span);
      else {
        const isAnswered = answered[own[at] as number] === 1;
        edges.add('external', service(row), attribute.peer(row), NOTHING, span, isAnswered);
      }
    }
  }
}
