import type { MapEntries, SpanRows, TextRows } from '../../model/stages.ts';
import { wordOf } from '../stages/masking_stage.ts';
import type { CallFacts, HalfEdge, SpanFacts } from './facts.ts';
import { randomOf, samplingOf, weightOf } from './sampling_weight.ts';
import { SPAN_FAMILIES, SPAN_KIND_LABELS, STATUS_CODE_LABELS } from './span_families.ts';
import { newHistogramSums, observe } from './sums.ts';

/** How spans have been sampled before they came, row by row. */
export interface RowSampling {
  /** Share of traces that was dropped, by threshold. */
  readonly dropped: Float64Array;
  /** The randomness of the trace, 0 to 1. */
  readonly random: Float64Array;
  /** What a sampler without threshold says one span stands for. */
  readonly factor: Float64Array;
}

/** Attributes that mean something here, by the place their value has among those found in a span. */
const ATTRIBUTES = [
  'peer.service',
  'db.namespace',
  'db.name',
  'db.system',
  'db.system.name',
  'messaging.destination.name',
  'messaging.system',
  'server.address',
  'network.peer.address',
  'network.peer.port',
  'net.peer.name',
  'http.host',
  'sampler.type',
  'sampler.param',
] as const;
type AttributeName = (typeof ATTRIBUTES)[number];
const PLACE = new Map<string, number>(ATTRIBUTES.map((name, i) => [name, i + 1]));

/** Who the other side is: Tempo's peer attributes first, then what OpenTelemetry's conventions name it by. */
const PEER_OF_CLIENT: readonly AttributeName[] = [
  'peer.service',
  'db.name',
  'db.system',
  'db.system.name',
  'messaging.destination.name',
  'server.address',
  'net.peer.name',
  'http.host',
  'messaging.system',
];
/** Who called, where a server's span says it: the addresses in it are its own. */
const PEER_OF_SERVER: readonly AttributeName[] = ['peer.service'];
const PEER_OF_CONSUMER: readonly AttributeName[] = ['peer.service', 'messaging.destination.name', 'messaging.system'];
/** A span with one of these is a request to a database (Tempo, upsertDatabaseRequest). */
const DATABASE: readonly AttributeName[] = ['db.namespace', 'db.name', 'db.system', 'db.system.name'];

const KIND = { server: 2, client: 3, producer: 4, consumer: 5 } as const;
const STATUS_ERROR = 2;
const TWO_32 = 4_294_967_296;
const KINDS = 32;

/** Where in the columns the values of a span's attributes lie that mean something here; 0 is not there. */
class FoundAttributes {
  readonly #entries: MapEntries;
  /** The place of each word of the keys; 0 for all others. */
  readonly #places: Uint8Array;
  readonly #values = new Int32Array(ATTRIBUTES.length + 1);

  constructor(entries: MapEntries) {
    this.#entries = entries;
    const { words } = entries.keys;
    this.#places = Uint8Array.from({ length: words.rows }, (_, word) => PLACE.get(wordOf(words, word)) ?? 0);
  }

  /** Whether any span of the rows may have the attribute. */
  mayHave(name: AttributeName): boolean {
    return this.#places.includes(PLACE.get(name) ?? 0);
  }

  find(row: number): void {
    const { keys, offsets } = this.#entries;
    this.#values.fill(0);
    const end = offsets.at(row);
    for (let entry = row === 0 ? 0 : offsets.at(row - 1); entry < end; entry++) {
      const place = this.#places[keys.index(entry)] as number;
      if (place !== 0) this.#values[place] = entry + 1;
    }
  }

  /** The value of the span looked at last; empty when it has none. */
  value(name: AttributeName): string {
    const entry = this.#values[PLACE.get(name) ?? 0] as number;
    return entry === 0 ? '' : wordOf(this.#entries.values, entry - 1);
  }

  first(names: readonly AttributeName[]): string {
    for (const name of names) {
      const value = this.value(name);
      if (value !== '') return value;
    }
    return '';
  }
}

/** What the rows add to the series made from spans; `timeMs` is when they arrived, ms. Rows with a 0 in `kept` are no exemplars. */
export function factsOf(
  rows: SpanRows,
  sampling: RowSampling | undefined,
  kept: Uint8Array | undefined,
  timeMs: number,
): SpanFacts {
  const attributes = new FoundAttributes(rows.attributes);
  const calls = new Calls(rows, kept);
  const halves: HalfEdge[] = [];
  for (let row = 0; row < rows.rows; row++) {
    const seconds = (rows.duration.high(row) * TWO_32 + rows.duration.low(row)) / 1e9;
    const weight =
      sampling === undefined ? 1 : weightOf(sampling.dropped[row] as number) * (sampling.factor[row] as number);
    calls.add(row, seconds, weight);
    if (rows.kind.index(row) >= KIND.server) halves.push(halfOf(rows, row, attributes, seconds, weight));
  }
  return { timeMs, calls: calls.finish(), halves };
}

/** Undefined when no span tells of any sampling. */
export function samplingOfRows(rows: SpanRows): RowSampling | undefined {
  const attributes = new FoundAttributes(rows.attributes);
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
  slowestSeconds: number;
}

/** Spans by operation, kind, status and weight. */
class Calls {
  readonly #all: CallGroup[] = [];
  readonly #rows: SpanRows;
  readonly #kept: Uint8Array | undefined;
  readonly #names: number;
  readonly #byOperation = new Map<number, Map<number, CallGroup>>();
  readonly #weights = new Map<number, number>();

  constructor(rows: SpanRows, kept: Uint8Array | undefined) {
    this.#rows = rows;
    this.#kept = kept;
    this.#names = rows.name.words.rows;
  }

  add(row: number, seconds: number, weight: number): void {
    const rows = this.#rows;
    const kind = rows.kind.index(row);
    const status = rows.statusCode.index(row);
    const operation = rows.serviceName.index(row) * this.#names + rows.name.index(row);
    let ofOperation = this.#byOperation.get(operation);
    if (ofOperation === undefined) {
      ofOperation = new Map();
      this.#byOperation.set(operation, ofOperation);
    }
    const detail = this.#weightNumber(weight) * KINDS + kind * STATUS_CODE_LABELS.length + status;
    let group = ofOperation.get(detail);
    if (group === undefined) {
      const facts: CallFacts = {
        labels: [
          wordOf(rows.serviceName.words, rows.serviceName.index(row)),
          wordOf(rows.name.words, rows.name.index(row)),
          SPAN_KIND_LABELS[kind] ?? SPAN_KIND_LABELS[0],
          STATUS_CODE_LABELS[status] ?? STATUS_CODE_LABELS[0],
        ],
        weight,
        bytes: 0,
        latency: newHistogramSums(SPAN_FAMILIES.calls.bounds),
      };
      group = { facts, slowest: -1, slowestSeconds: -1 };
      ofOperation.set(detail, group);
      this.#all.push(group);
    }
    group.facts.bytes += rows.size.at(row);
    observe(group.facts.latency, SPAN_FAMILIES.calls.bounds, seconds, 1);
    if (seconds > group.slowestSeconds && this.#kept?.[row] !== 0) {
      group.slowest = row;
      group.slowestSeconds = seconds;
    }
  }

  finish(): CallFacts[] {
    const { traceId, spanId, timestamp } = this.#rows;
    return this.#all.map(({ facts, slowest, slowestSeconds }) =>
      slowest < 0
        ? facts
        : {
            ...facts,
            exemplar: {
              traceId: wordOf(traceId, slowest),
              spanId: wordOf(spanId, slowest),
              seconds: slowestSeconds,
              timeMs: timestamp.ms(slowest) + Math.floor(slowestSeconds * 1000),
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

function halfOf(rows: SpanRows, row: number, attributes: FoundAttributes, seconds: number, weight: number): HalfEdge {
  const { traceId, spanId, parentSpanId } = rows;
  const kind = rows.kind.index(row);
  const isServer = kind === KIND.server || kind === KIND.consumer;
  const messaging = kind === KIND.producer || kind === KIND.consumer;
  attributes.find(row);
  const link = isServer ? parentSpanId : spanId;
  const key = hashOf(traceId, link, row);
  return {
    ...key,
    own: hashOfRow(spanId, row, FNV_BASIS),
    side: isServer ? 'server' : 'client',
    messaging,
    failed: rows.statusCode.index(row) === STATUS_ERROR,
    root: isServer && parentSpanId.start(row) === parentSpanId.start(row + 1),
    service: wordOf(rows.serviceName.words, rows.serviceName.index(row)),
    peer: attributes.first(peerOf(kind)),
    database: kind === KIND.client ? databaseOf(attributes) : '',
    seconds,
    weight,
    atMs: messaging ? rows.timestamp.ms(row) + (isServer ? 0 : seconds * 1000) : 0,
  };
}

function peerOf(kind: number): readonly AttributeName[] {
  if (kind === KIND.server) return PEER_OF_SERVER;
  return kind === KIND.consumer ? PEER_OF_CONSUMER : PEER_OF_CLIENT;
}

/** The name of the database a client's span went to (Tempo, upsertDatabaseRequest); empty when it went to none. */
function databaseOf(attributes: FoundAttributes): string {
  const name = attributes.first(DATABASE);
  if (name === '') return '';
  const named = attributes.first(['peer.service', 'server.address']);
  if (named !== '') return named;
  const address = attributes.value('network.peer.address');
  const port = attributes.value('network.peer.port');
  if (address === '') return name;
  return port === '' ? address : `${address}:${port}`;
}

const FNV_BASIS = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;

/** A hash of the ids' text. It is kept in the log: it must stay the same in every version. */
function hashOf(traceId: TextRows, spanId: TextRows, row: number): { readonly low: number; readonly high: number } {
  const low = hashOfRow(spanId, row, hashOfRow(traceId, row, FNV_BASIS));
  const high = hashOfRow(traceId, row, hashOfRow(spanId, row, low ^ 0x5bd1_e995));
  return { low, high };
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
