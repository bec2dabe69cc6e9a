import { ProtobufReader } from '../../base/protobuf.ts';
import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import { SPAN_FAMILIES } from './span_families.ts';
import { type HistogramSums, newHistogramSums, readHistogram, writeHistogram } from './sums.ts';

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
  /** Values of the labels of `calls`, in their order. */
  readonly labels: readonly string[];
  /** How many spans each of these stands for. */
  readonly weight: number;
  /** Size as they came, all together. */
  bytes: number;
  readonly latency: HistogramSums;
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
  /** Duration. */
  readonly seconds: number;
  readonly weight: number;
  /** Of messages: when the producer ended or the consumer began, ms since the epoch; else 0. */
  readonly atMs: number;
}

const FLAGS = { server: 1, messaging: 2, failed: 4, root: 8 } as const;

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
  const writer = new ProtobufWriter(4096);
  writer.double(1, timeMs);
  for (const { labels, weight, bytes, latency } of calls) {
    const start = writer.open(3);
    writer.packedUint32(
      1,
      labels.map((label) => words.numberOf(label)),
    );
    if (weight !== 1) writer.double(2, weight);
    writer.double(3, bytes);
    writeHistogram(writer, 4, latency);
    writer.close(start);
  }
  for (const half of halves) writeHalf(writer, half, words);
  // Readers collect the words before they look at what refers to them.
  for (const word of words.all()) writer.text(2, word);
  return writer.finish().slice();
}

function writeHalf(writer: ProtobufWriter, half: HalfEdge, words: Words): void {
  const start = writer.open(4);
  writer.fixed64Halves(1, half.low, half.high);
  writer.fixed32(2, half.own);
  writer.uint32(
    3,
    (half.side === 'server' ? FLAGS.server : 0) |
      (half.messaging ? FLAGS.messaging : 0) |
      (half.failed ? FLAGS.failed : 0) |
      (half.root ? FLAGS.root : 0),
  );
  writer.uint32(4, words.numberOf(half.service));
  if (half.peer !== '') writer.uint32(5, words.numberOf(half.peer));
  if (half.database !== '') writer.uint32(6, words.numberOf(half.database));
  writer.double(7, half.seconds);
  if (half.weight !== 1) writer.double(8, half.weight);
  if (half.atMs !== 0) writer.double(9, half.atMs);
  writer.close(start);
}

/** Throws ProtobufError. */
export function decodeFacts(bytes: Uint8Array<ArrayBuffer>): SpanFacts {
  const words = readWords(bytes);
  const word = (number: number): string => words[number] ?? '';
  const reader = new ProtobufReader(bytes);
  const calls: CallFacts[] = [];
  const halves: HalfEdge[] = [];
  let timeMs = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x09) timeMs = reader.double();
    else if (tag === 0x1a) calls.push(readCalls(reader.nested(), word));
    else if (tag === 0x22) halves.push(readHalf(reader.nested(), word));
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
  const { bounds } = SPAN_FAMILIES.calls;
  let labels: string[] = [];
  let weight = 1;
  let bytes = 0;
  let latency = newHistogramSums(bounds);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 0x0a) {
      const inner = reader.nested();
      labels = [];
      while (!inner.done) labels.push(word(inner.varint32()));
    } else if (tag === 0x11) weight = reader.double();
    else if (tag === 0x19) bytes = reader.double();
    else if (tag === 0x22) latency = readHistogram(reader.nested(), bounds);
    else reader.skip(tag);
  }
  return { labels, weight, bytes, latency };
}

function readHalf(reader: ProtobufReader, word: (number: number) => string): HalfEdge {
  const half = {
    low: 0,
    high: 0,
    own: 0,
    flags: 0,
    service: '',
    peer: '',
    database: '',
    seconds: 0,
    weight: 1,
    atMs: 0,
  };
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 0x09:
        reader.fixed64();
        half.low = reader.low;
        half.high = reader.high;
        break;
      case 0x15:
        half.own = reader.fixed32();
        break;
      case 0x18:
        half.flags = reader.varint32();
        break;
      case 0x20:
        half.service = word(reader.varint32());
        break;
      case 0x28:
        half.peer = word(reader.varint32());
        break;
      case 0x30:
        half.database = word(reader.varint32());
        break;
      case 0x39:
        half.seconds = reader.double();
        break;
      case 0x41:
        half.weight = reader.double();
        break;
      case 0x49:
        half.atMs = reader.double();
        break;
      default:
        reader.skip(tag);
    }
  }
  const { flags, ...rest } = half;
  return {
    ...rest,
    side: (flags & FLAGS.server) !== 0 ? 'server' : 'client',
    messaging: (flags & FLAGS.messaging) !== 0,
    failed: (flags & FLAGS.failed) !== 0,
    root: (flags & FLAGS.root) !== 0,
  };
}
