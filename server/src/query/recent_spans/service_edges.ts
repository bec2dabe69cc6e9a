import type { NsRange, ServiceEdge } from '../../store/index.ts';
import { EdgeAttributes } from './edge_attributes.ts';
import { type EdgeSpan, EdgeSums } from './edge_sums.ts';
import { FieldLabels, type LabelReader, onceByCode } from './field_labels.ts';
import { CLIENT, CONSUMER, type FormFacts, formFacts, PRODUCER, SERVER } from './form_facts.ts';
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
  readonly forms: FormFacts;
  /** Texts as numbers. */
  readonly service: LabelReader;
  readonly about: EdgeAttributes;
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
    const origins = slice.origins.values;
    parts.push({
      slice,
      rows: rows.subarray(0, count),
      traces,
      forms: formFacts(slice),
      service: (row) => service(origins[row] as number),
      about: new EdgeAttributes(slice, codeOf),
    });
  }
  return parts;
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
  for (const [i, { slice, rows, forms }] of parts.entries()) {
    const form = slice.forms.values;
    for (let at = 0; at < rows.length; at++) {
      const parent = parents[i]?.[at] ?? -1;
      if (parent < 0) continue;
      const kind = forms.kinds[form[rows[at] as number] as number];
      if (kind === SERVER || kind === CONSUMER) answered[parent] = 1;
    }
  }
  return answered;
}

/** Calls, counted where they are answered. */
function addCalls(edges: EdgeSums, part: Part, parents: Int32Array, spans: SpanTable): void {
  const { slice, rows, service, forms, about } = part;
  const form = slice.forms.values;
  for (let at = 0; at < rows.length; at++) {
    const parent = parents[at] as number;
    if (parent < 0) continue;
    const row = rows[at] as number;
    const code = form[row] as number;
    if (forms.kinds[code] === CONSUMER && about.of(row).queueSystem !== NOTHING) continue;
    const to = service(row);
    const first = spans.firstService(parent);
    const others = spans.otherServices(parent);
    if (first === to && others === undefined) continue;
    const span = spanOf(part, row, code);
    if (first !== to) edges.add('call', first, to, NOTHING, span);
    for (const from of others ?? []) if (from !== to) edges.add('call', from, to, NOTHING, span);
  }
}

/** What spans tell by themselves: a message sent or taken, a database asked, something called. */
function addOutward(edges: EdgeSums, part: Part, own: Int32Array, answered: Uint8Array): void {
  const { slice, rows, service, forms, about } = part;
  const form = slice.forms.values;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    const code = form[row] as number;
    const kind = forms.kinds[code];
    if (kind !== PRODUCER && kind !== CONSUMER && kind !== CLIENT) continue;
    const { queueSystem, databaseSystem, destination, database, peer } = about.of(row);
    const span = spanOf(part, row, code);
    if (kind === CLIENT) {
      if (databaseSystem !== NOTHING)
        edges.add('database', service(row), database || databaseSystem, databaseSystem, span);
      else edges.add('external', service(row), peer, NOTHING, span, answered[own[at] as number] === 1);
    } else if (queueSystem !== NOTHING) {
      const queue = destination || queueSystem;
      if (kind === PRODUCER) edges.add('produce', service(row), queue, queueSystem, span);
      else edges.add('consume', queue, service(row), queueSystem, span);
    }
  }
}

function spanOf({ slice, forms }: Part, row: number, form: number): EdgeSpan {
  return {
    durationNs: slice.durations[row] as number,
    failed: forms.failed[form] === 1,
    weight: forms.weights[form] as number,
  };
}
