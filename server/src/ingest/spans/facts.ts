import { ProtobufReader } from '../../base/protobuf.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';

/**
 * What one request's spans add to the series made from spans. It is kept in the same record of the log as the spans, so
 * both are stored or both are not, and the series can be summed up again from it after any end of the program.
 */
export interface SpanFacts {
  /** Arrival, ms since the epoch. */
  readonly timeMs: number;
  readonly calls: readonly CallFacts[];
  readonly halves: readonly HalfEdge[];
}

/** Spans of one operation, kind, status and sampling weight. */
export interface CallFacts {
  readonly service: string;
  readonly name: string;
  /** Numbers of opentelemetry.proto.trace.v1. */
  readonly kind: number;
  readonly status: number;
  /** How many spans each of these stands for. */
  readonly weight: number;
  /** Size as they came, all together. */
  bytes: number;
  /** How long each took, ns. */
  readonly durations: number[];
  /** The slowest of them that is kept. It is not written down: an exemplar may be lost. */
  readonly exemplar?: ExemplarSpan;
}

export interface ExemplarSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly seconds: number;
  /** When it ended, ms since the epoch. */
  readonly timeMs: number;
}

/** One side of a request between two services: a client or producer span, or a server or consumer span. */
export interface HalfEdge {
  /** Hash of the trace's id and of the id of the client's span, which the server's has as its parent. */
  readonly low: number;
  readonly high: number;
  /** Hash of the span's own id: the same span may come twice. */
  readonly own: number;
  readonly side: 'client' | 'server';
  /** By a message: a producer or a consumer. */
  readonly messaging: boolean;
  readonly failed: boolean;
  /** A server's span without a parent. */
  readonly root: boolean;
  readonly service: string;
  /** Whom the span names as the other side; empty when nobody. */
  readonly peer: string;
  /** The database the request went to: nobody else will tell of it. */
  readonly database: string;
  /** ns. */
  readonly duration: number;
  readonly weight: number;
  /** Of messages: when the producer ended or the consumer began, ms since the epoch; else 0. */
  readonly atMs: number;
}

const FLAGS = { server: 1, messaging: 2, failed: 4, root: 8 } as const;
const FLAG_BITS = 4;
/** Key, own id, duration, and the service's word with the flags: five 32-bit numbers. */
const RECORD_BYTES = 20;
const STATUSES = 3;
const TWO_32 = 4_294_967_296;

/** Words are written once and told by their number, which is that of their first use. */
class Words {
  readonly #numbers = new Map<string, number>();

  numberOf(word: string): number {
    const known = this.#numbers.get(word);
    if (known !== undefined) return known;
    this.#numbers.set(word, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  all(): Iterable<string> {
    return this.#numbers.keys();
  }
}

/** As protobuf, see docs/formats/span-facts.md. */
export function encodeFacts({ timeMs, calls, halves }: SpanFacts): Uint8Array<ArrayBuffer> {
  const words = new Words();
  const writer = new ProtobufWriter(1024 + calls.length * 64 + halves.length * 32);
  writer.double(1, timeMs);
  for (const call of calls) writeCalls(writer, call, words);
  if (halves.length > 0) writeHalves(writer, halves, words);
  // Readers collect the words before they look at what refers to them.
  for (const word of words.all()) writer.text(2, word);
  return writer.finish().slice();
}

function writeCalls(writer: ProtobufWriter, call: CallFacts, words: Words): void {
  const { service, name, kind, status, weight, bytes, durations } = call;
  const start = writer.open(3);
  writer.uint32(1, words.numberOf(service));
  writer.uint32(2, words.numberOf(name));
  writer.uint32(3, kind * STATUSES + status);
  if (weight !== 1) writer.double(4, weight);
  writer.double(5, bytes);
  for (const duration of durations) writeNanos(writer, 6, 7, duration);
  writer.close(start);
}

/** Short ones as varints, from 4.3 s on as doubles, which hold 104 days exactly. */
function writeNanos(writer: ProtobufWriter, short: number, long: number, nanos: number): void {
  if (nanos < TWO_32) writer.uint32(short, nanos);
  else writer.double(long, nanos);
}

/** Halves in records of the same length, and apart what only some have. */
function writeHalves(writer: ProtobufWriter, halves: readonly HalfEdge[], words: Words): void {
  const records = new DataView(new ArrayBuffer(halves.length * RECORD_BYTES));
  for (const [i, half] of halves.entries()) {
    const at = i * RECORD_BYTES;
    records.setUint32(at, half.low, true);
    records.setUint32(at + 4, half.high, true);
    records.setUint32(at + 8, half.own, true);
    records.setUint32(at + 12, half.duration < TWO_32 ? half.duration : 0, true);
    records.setUint32(at + 16, (words.numberOf(half.service) << FLAG_BITS) | flagsOf(half), true);
  }
  writer.bytes(4, new Uint8Array(records.buffer));
  for (const [i, { peer, database, duration, weight, atMs }] of halves.entries()) {
    if (peer === '' && database === '' && duration < TWO_32 && weight === 1 && atMs === 0) continue;
    const start = writer.open(5);
    writer.uint32(1, i);
    if (peer !== '') writer.uint32(2, words.numberOf(peer));
    if (database !== '') writer.uint32(3, words.numberOf(database));
    if (duration >= TWO_32) writer.double(4, duration);
    if (weight !== 1) writer.double(5, weight);
    if (atMs !== 0) writer.double(6, atMs);
    writer.close(start);
  }
}

function flagsOf({ side, messaging, failed, root }: HalfEdge): number {
  return (
    (side === 'server' ? FLAGS.server : 0) |
    (messaging ? FLAGS.messaging : 0) |
    (failed ? FLAGS.failed : 0) |
    (root ? FLAGS.root : 0)
  );
}

/** Throws ProtobufError. */
export function decodeFacts(bytes: Uint8Array<ArrayBuffer>): SpanFacts {
  const words = readWords(bytes);
  const word = (number: number): string => words[number] ?? '';
  const reader = new ProtobufReader(bytes);
  const calls: CallFacts[] = [];
  let halves: HalfEdge[] = [];
  let timeMs = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x09) timeMs = reader.double();
    else if (tag === 0x1a) calls.push(readCalls(reader.nested(), word));
    else if (tag === 0x22) halves = readHalves(reader.slice(), word);
    else if (tag === 0x2a) readRest(reader.nested(), halves, word);
    else reader.skip(tag);
  }
  return { timeMs, calls, halves };
}

function readWords(bytes: Uint8Array<ArrayBuffer>): string[] {
  const reader = new ProtobufReader(bytes);
  const words: string[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x12) words.push(reader.text());
    else reader.skip(tag);
  }
  return words;
}

function readCalls(reader: ProtobufReader, word: (number: number) => string): CallFacts {
  const calls = { service: '', name: '', kind: 0, status: 0, weight: 1, bytes: 0, durations: [] as number[] };
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        calls.service = word(reader.varint32());
        break;
      case 0x10:
        calls.name = word(reader.varint32());
        break;
      case 0x18: {
        const both = reader.varint32();
        calls.kind = Math.floor(both / STATUSES);
        calls.status = both % STATUSES;
        break;
      }
      case 0x21:
        calls.weight = reader.double();
        break;
      case 0x29:
        calls.bytes = reader.double();
        break;
      case 0x30:
        calls.durations.push(reader.varint32());
        break;
      case 0x39:
        calls.durations.push(reader.double());
        break;
      default:
        reader.skip(tag);
    }
  }
  return calls;
}

function readHalves(bytes: Uint8Array<ArrayBuffer>, word: (number: number) => string): HalfEdge[] {
  const records = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / RECORD_BYTES) }, (_, i) => {
    const at = i * RECORD_BYTES;
    const last = records.getUint32(at + 16, true);
    return {
      low: records.getUint32(at, true),
      high: records.getUint32(at + 4, true),
      own: records.getUint32(at + 8, true),
      duration: records.getUint32(at + 12, true),
      service: word(last >>> FLAG_BITS),
      side: (last & FLAGS.server) !== 0 ? 'server' : 'client',
      messaging: (last & FLAGS.messaging) !== 0,
      failed: (last & FLAGS.failed) !== 0,
      root: (last & FLAGS.root) !== 0,
      peer: '',
      database: '',
      weight: 1,
      atMs: 0,
    };
  });
}

/** What one of the halves has beyond its record. */
function readRest(reader: ProtobufReader, halves: HalfEdge[], word: (number: number) => string): void {
  const rest: { -readonly [Key in keyof HalfEdge]?: HalfEdge[Key] } = {};
  let index = 0;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 0x08:
        index = reader.varint32();
        break;
      case 0x10:
        rest.peer = word(reader.varint32());
        break;
      case 0x18:
        rest.database = word(reader.varint32());
        break;
      case 0x21:
        rest.duration = reader.double();
        break;
      case 0x29:
        rest.weight = reader.double();
        break;
      case 0x31:
        rest.atMs = reader.double();
        break;
      default:
        reader.skip(tag);
    }
  }
  const half = halves[index];
  if (half !== undefined) halves[index] = { ...half, ...rest };
}
