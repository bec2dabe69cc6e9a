import type { SpanRows, TextRows } from '../../model/stages.ts';
import { wordOf } from '../stages/masking_stage.ts';
import type { CallFacts, HalfEdge, SpanFacts } from './facts.ts';
import { randomOf, samplingOf, weightOf } from './sampling_weight.ts';
import { databaseOf, type FoundAttributes, peerOf, SPAN_KIND } from './span_attributes.ts';

/** How spans have been sampled before they came, row by row. */
export interface RowSampling {
  /** Share of traces that was dropped, by threshold. */
  readonly dropped: Float64Array;
  /** The randomness of the trace, 0 to 1. */
  readonly random: Float64Array;
  /** What a sampler without threshold says one span stands for. */
  readonly factor: Float64Array;
}

const STATUS_ERROR = 2;
const TWO_32 = 4_294_967_296;
const STATUSES = 3;
const KINDS = 32;

/** What the rows add to the series made from spans; `timeMs` is when they arrived, ms. Rows with a 0 in `kept` are no exemplars. */
export function factsOf(
  rows: SpanRows,
  attributes: FoundAttributes,
  sampling: RowSampling | undefined,
  kept: Uint8Array | undefined,
  timeMs: number,
): SpanFacts {
  const services = new Texts(rows.serviceName.words);
  const calls = new Calls(rows, services, kept);
  const halves: HalfEdge[] = [];
  for (let row = 0; row < rows.rows; row++) {
    const nanos = rows.duration.high(row) * TWO_32 + rows.duration.low(row);
    const weight =
      sampling === undefined ? 1 : weightOf(sampling.dropped[row] as number) * (sampling.factor[row] as number);
    calls.add(row, nanos, weight);
    if (rows.kind.index(row) >= SPAN_KIND.server) halves.push(halfOf(rows, row, services, attributes, nanos, weight));
  }
  return { timeMs, calls: calls.finish(), halves };
}

/** Undefined when no span tells of any sampling. */
export function samplingOfRows(rows: SpanRows, attributes: FoundAttributes): RowSampling | undefined {
  const bySampler = attributes.mayHave('sampler.param');
  if (!bySampler && rows.traceState.length === 0) return undefined;
  const sampling = {
    dropped: new Float64Array(rows.rows),
    random: randomOfRows(rows.traceId, rows.rows),
    factor: new Float64Array(rows.rows).fill(1),
  };
  for (let row = 0; row < rows.rows; row++) {
    if (rows.traceState.start(row + 1) > rows.traceState.start(row)) {
      const { dropped, random } = samplingOf(wordOf(rows.traceState, row));
      sampling.dropped[row] = dropped;
      if (random !== undefined) sampling.random[row] = random;
    }
    if (bySampler) {
      attributes.find(row);
      sampling.factor[row] = factorOf(attributes.value('sampler.type'), attributes.value('sampler.param'));
    }
  }
  return sampling;
}

/** The randomness of each row's trace. */
export function randomOfRows(traceId: TextRows, rows: number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: rows }, (_, row) =>
    randomOf(traceId.bytes, traceId.start(row), traceId.start(row + 1)),
  );
}

/** Jaeger's clients tell on a trace's first span how it was sampled (jaegertracing.io/docs, "Sampling"). */
function factorOf(type: string, param: string): number {
  const share = Number(param);
  return type === 'probabilistic' && share > 0 && share <= 1 ? 1 / share : 1;
}

interface CallGroup {
  readonly facts: CallFacts;
  /** The row of the slowest span that is kept, -1 for none. */
  slowest: number;
  slowestNanos: number;
}

/** Words of a vocabulary as text, each made once. */
class Texts {
  readonly #words: TextRows;
  readonly #texts: string[] = [];

  constructor(words: TextRows) {
    this.#words = words;
  }

  at(index: number): string {
    const known = this.#texts[index];
    if (known !== undefined) return known;
    const text = wordOf(this.#words, index);
    this.#texts[index] = text;
    return text;
  }
}

/** Spans by operation, kind, status and weight. */
class Calls {
  readonly #all: CallGroup[] = [];
  readonly #rows: SpanRows;
  readonly #kept: Uint8Array | undefined;
  readonly #services: Texts;
  readonly #names: Texts;
  readonly #nameCount: number;
  readonly #byOperation = new Map<number, CallGroup>();
  readonly #weights = new Map<number, number>();

  constructor(rows: SpanRows, services: Texts, kept: Uint8Array | undefined) {
    this.#rows = rows;
    this.#kept = kept;
    this.#services = services;
    this.#names = new Texts(rows.name.words);
    this.#nameCount = rows.name.words.rows;
  }

  add(row: number, nanos: number, weight: number): void {
    const rows = this.#rows;
    const kind = rows.kind.index(row);
    const status = rows.statusCode.index(row);
    const [service, name] = [rows.serviceName.index(row), rows.name.index(row)];
    const detail = this.#weightNumber(weight) * KINDS + kind * STATUSES + status;
    const operation = (detail * rows.serviceName.words.rows + service) * this.#nameCount + name;
    let group = this.#byOperation.get(operation);
    if (group === undefined) {
      const facts: CallFacts = {
        service: this.#services.at(service),
        name: this.#names.at(name),
        kind,
        status,
        weight,
        bytes: 0,
        durations: [],
      };
      group = { facts, slowest: -1, slowestNanos: -1 };
      this.#byOperation.set(operation, group);
      this.#all.push(group);
    }
    group.facts.bytes += rows.size.at(row);
    group.facts.durations.push(nanos);
    if (nanos > group.slowestNanos && this.#kept?.[row] !== 0) {
      group.slowest = row;
      group.slowestNanos = nanos;
    }
  }

  finish(): CallFacts[] {
    const { traceId, spanId, timestamp } = this.#rows;
    return this.#all.map(({ facts, slowest, slowestNanos }) =>
      slowest < 0
        ? facts
        : {
            ...facts,
            exemplar: {
              traceId: wordOf(traceId, slowest),
              spanId: wordOf(spanId, slowest),
              seconds: slowestNanos / 1e9,
              timeMs: timestamp.ms(slowest) + Math.floor(slowestNanos / 1e6),
            },
          },
    );
  }

  #weightNumber(weight: number): number {
    if (weight === 1) return 0;
    const known = this.#weights.get(weight);
    if (known !== undefined) return known;
    this.#weights.set(weight, this.#weights.size + 1);
    return this.#weights.size;
  }
}

function halfOf(
  rows: SpanRows,
  row: number,
  services: Texts,
  attributes: FoundAttributes,
  duration: number,
  weight: number,
): HalfEdge {
  const { traceId, spanId, parentSpanId } = rows;
  const kind = rows.kind.index(row);
  const isServer = kind === SPAN_KIND.server || kind === SPAN_KIND.consumer;
  const messaging = kind === SPAN_KIND.producer || kind === SPAN_KIND.consumer;
  attributes.find(row);
  // B3 lets the server's span take the id of the client's; its parent is then the client's parent (Zipkin's `shared`).
  const isShared = kind === SPAN_KIND.server && attributes.value('zipkin.shared') === 'true';
  const link = isServer && !isShared ? parentSpanId : spanId;
  const key = hashOf(traceId, link, row);
  return {
    ...key,
    own: hashOfRow(spanId, row, FNV_BASIS),
    side: isServer ? 'server' : 'client',
    messaging,
    failed: rows.statusCode.index(row) === STATUS_ERROR,
    root: isServer && !isShared && parentSpanId.start(row) === parentSpanId.start(row + 1),
    service: services.at(rows.serviceName.index(row)),
    peer: attributes.first(peerOf(kind)),
    database: kind === SPAN_KIND.client ? databaseOf(attributes) : '',
    duration,
    weight,
    atMs: messaging ? rows.timestamp.ms(row) + (isServer ? 0 : duration / 1e6) : 0,
  };
}

const FNV_BASIS = 0x811c_9dc5;
const SECOND_BASIS = 0x5bd1_e995;
const FNV_PRIME = 0x0100_0193;

/** A hash of the ids' text. It is kept in the log: it must stay the same in every version. */
function hashOf(traceId: TextRows, spanId: TextRows, row: number): { readonly low: number; readonly high: number } {
  const low = hashOfRow(spanId, row, hashOfRow(traceId, row, FNV_BASIS));
  return { low, high: hashOfRow(spanId, row, low ^ SECOND_BASIS) };
}

/** FNV-1a with a final mix (github.com/aappleby/smhasher, fmix32), unsigned. */
function hashOfRow(texts: TextRows, row: number, basis: number): number {
  const { bytes } = texts;
  const end = texts.start(row + 1);
  let hash = basis;
  for (let at = texts.start(row); at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
