import type { NsRange, ServiceEdge } from '../../store/index.ts';
import { EdgeAttributes } from './edge_attributes.ts';
import { EdgeSums } from './edge_sums.ts';
import { FieldLabels, type LabelReader, onceByCode } from './field_labels.ts';
import { CLIENT, CONSUMER, type FormFacts, formFacts, kindsWithin, PRODUCER, SERVER } from './form_facts.ts';
import { inTurns } from './in_turns.ts';
import { NO_ROW, type SpanSlice } from './span_slice.ts';
import { TraceJoin } from './trace_join.ts';
import { TraceTable } from './trace_table.ts';

/** No text, as FieldLabels number it. */
const NOTHING = 0;
/** Traces put together before others get a turn. */
const TRACES_AT_ONCE = 8_192;

/** A slice whose spans are looked at. */
interface Part {
  readonly slice: SpanSlice;
  /** Of its rows when it was begun; 0 of those that are not asked for. */
  readonly kinds: Uint8Array;
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
  signal?: AbortSignal,
): Promise<readonly ServiceEdge[] | undefined> {
  if (slices.some(({ oddSpanIds, oddParentIds }) => oddSpanIds.size + oddParentIds.size > 0)) return undefined;
  const texts = new FieldLabels();
  const parts = partsOf(slices, range, texts);
  const chains = traceChains(parts);
  const { firsts, nexts } = chains;
  // Most spans tell of a call and of what they ask themselves.
  const edges = new EdgeSums(texts, 2 * parts.reduce((sum, { kinds }) => sum + kinds.length, 0));
  const trace = new TraceJoin();
  const batches = Array.from({ length: Math.ceil(firsts.length / TRACES_AT_ONCE) }, (_, i) => i * TRACES_AT_ONCE);
  for await (const from of inTurns(batches, signal)) {
    const to = Math.min(firsts.length, from + TRACES_AT_ONCE);
    for (let number = from; number < to; number++) {
      trace.clear();
      for (let at = firsts[number] as number; at >= 0; at = nexts[at] as number) addRows(trace, parts, chains, at);
      trace.join();
      addEdges(edges, parts, trace);
    }
  }
  return edges.rows();
}

function partsOf(slices: readonly SpanSlice[], range: NsRange, texts: FieldLabels): readonly Part[] {
  if (range.endNs <= range.startNs) return [];
  const codeOf = (text: string): number => (text === '' ? NOTHING : texts.codeOf('s', text));
  return slices.map((slice): Part => {
    const service = onceByCode(slice.originWords.size, (code) => codeOf(slice.origin(code).service));
    const origins = slice.origins.values;
    const forms = formFacts(slice);
    return {
      slice,
      kinds: kindsWithin(slice, range, forms),
      forms,
      service: (row) => service(origins[row] as number),
      about: new EdgeAttributes(slice, codeOf),
    };
  });
}

/** Of every trace what slices have of it, as chains of entries: those of a part begin at `starts`, one for each of its traces. */
interface TraceChains {
  readonly starts: Uint32Array;
  /** By trace its first entry. */
  readonly firsts: Int32Array;
  /** By entry the next of the same trace, -1 after the last; and the part it is of. */
  readonly nexts: Int32Array;
  readonly parts: Uint32Array;
}

function traceChains(parts: readonly Part[]): TraceChains {
  const starts = new Uint32Array(parts.length);
  let entries = 0;
  for (const [i, { slice }] of parts.entries()) {
    starts[i] = entries;
    entries += slice.traces.size;
  }
  const all = new TraceTable();
  const chains = { starts, nexts: new Int32Array(entries).fill(-1), parts: new Uint32Array(entries) };
  const firsts = new Int32Array(entries);
  const lasts = new Int32Array(entries);
  for (const [i, { slice }] of parts.entries()) {
    const { size, ids } = slice.traces;
    for (let of = 0; of < size; of++) {
      const entry = (starts[i] as number) + of;
      const known = all.size;
      const trace = all.add(ids, of * 4);
      if (all.size > known) firsts[trace] = entry;
      else chains.nexts[lasts[trace] as number] = entry;
      lasts[trace] = entry;
      chains.parts[entry] = i;
    }
  }
  return { ...chains, firsts: firsts.subarray(0, all.size) };
}

/** Adds the rows of an entry that are asked for to those of its trace. */
function addRows(
  trace: TraceJoin,
  parts: readonly Part[],
  { starts, parts: partOf }: TraceChains,
  entry: number,
): void {
  const number = partOf[entry] as number;
  const { slice, kinds } = parts[number] as Part;
  const { previousOfTrace, traces } = slice;
  let row = traces.lastRows[entry - (starts[number] as number)] as number;
  for (; row !== NO_ROW; row = previousOfTrace[row] as number) if ((kinds[row] ?? 0) > 0) trace.add(number, slice, row);
}

/** Adds what the spans of one trace tell. */
function addEdges(edges: EdgeSums, parts: readonly Part[], trace: TraceJoin): void {
  const { count, slices, rows, parents, marks } = trace;
  const kindOf = (at: number): number => (parts[slices[at] as number] as Part).kinds[rows[at] as number] as number;
  // Which spans a server or a consumer names as its parent.
  for (let at = 0; at < count; at++) {
    const parent = parents[at] as number;
    if (parent < 0) continue;
    const kind = kindOf(at);
    if (kind === SERVER || kind === CONSUMER) marks[parent] = 1;
  }
  const services = trace.hasTwins ? servicesOfIds(parts, trace) : undefined;
  for (let at = 0; at < count; at++) {
    const part = parts[slices[at] as number] as Part;
    const row = rows[at] as number;
    const kind = kindOf(at);
    const parent = parents[at] as number;
    if (kind === PRODUCER || kind === CONSUMER || kind === CLIENT)
      addOutward(edges, part, row, kind, marks[trace.own[at] as number] === 1);
    if (parent >= 0 && !(kind === CONSUMER && isTaken(part, row))) {
      const to = part.service(row);
      const asking = services?.get(parent);
      if (asking !== undefined) for (const from of asking) addCall(edges, part, row, from, to);
      else addCall(edges, part, row, (parts[slices[parent] as number] as Part).service(rows[parent] as number), to);
    }
  }
}

/** The services of ids that several spans have, by the first of them. */
function servicesOfIds(parts: readonly Part[], { count, slices, rows, own }: TraceJoin): Map<number, Set<number>> {
  const services = new Map<number, Set<number>>();
  for (let at = 0; at < count; at++) {
    const first = own[at] as number;
    const service = (parts[slices[at] as number] as Part).service(rows[at] as number);
    const known = services.get(first);
    if (known === undefined) services.set(first, new Set([service]));
    else known.add(service);
  }
  return services;
}

/** Adds a call, which is counted where it is answered. */
function addCall(edges: EdgeSums, part: Part, row: number, from: number, to: number): void {
  if (from !== to) edges.add(edges.edgeOf('call', from, to, NOTHING), part, row, part.slice.forms.at(row), true);
}

/** Whether a consumer's span is about a queue. */
function isTaken({ about }: Part, row: number): boolean {
  about.look(row);
  return about.first('queueSystem') !== NOTHING;
}

/** Adds what a span tells by itself: a message sent or taken, a database asked, something called. */
function addOutward(edges: EdgeSums, part: Part, row: number, kind: number, isAnswered: boolean): void {
  const { about } = part;
  const service = part.service(row);
  about.look(row);
  let edge: number;
  let isCounted = true;
  if (kind === CLIENT) {
    const system = about.first('databaseSystem');
    if (system !== NOTHING) edge = edges.edgeOf('database', service, about.first('database') || system, system);
    else {
      edge = edges.edgeOf('external', service, about.first('peer'), NOTHING);
      isCounted = !isAnswered;
    }
  } else {
    const system = about.first('queueSystem');
    if (system === NOTHING) return;
    const queue = about.first('destination') || system;
    edge =
      kind === PRODUCER
        ? edges.edgeOf('produce', service, queue, system)
        : edges.edgeOf('consume', queue, service, system);
  }
  edges.add(edge, part, row, part.slice.forms.at(row), isCounted);
}
