import { ProtobufError, type ProtobufReader, WIRE_BYTES, WIRE_VARINT } from '../../base/protobuf.ts';
import { type Decode, DecodeError, type DecodeLimits } from '../../model/ingest.ts';
import { encodeLabelBytes, labelBytesBound } from '../../model/label_bytes.ts';
import type { LabelRefusal } from '../../model/label_limits.ts';
import { METRIC_TYPES } from '../../store/index.ts';
import { familyName } from './family_name.ts';
import { readHistogram } from './histogram_message.ts';
import { inMessage, readSample, withReader } from './message_fields.ts';
import { SeriesSink } from './series_sink.ts';
import { SymbolTable } from './symbol_table.ts';

/** Fields of Request and TimeSeries (io.prometheus.write.v2, prompb/io/prometheus/write/v2/types.proto). */
const REQUEST_SYMBOLS = 0x22;
const REQUEST_SERIES = 0x2a;
const REFERENCES = 0x0a;
const SAMPLES = 0x12;
const HISTOGRAMS = 0x1a;
const EXEMPLARS = 0x22;
const METADATA = 0x2a;

/**
 * Decodes a remote write 2.0 request (io.prometheus.write.v2.Request, already uncompressed). Labels are copied from the
 * symbols into the same bytes remote write 1.0 sends, so both versions know the same series by the same key.
 */
export const decodeRemoteWrite2: Decode = (body, context) => {
  const sink = new SeriesSink(context);
  withReader(body, 'io.prometheus.write.v2.Request', (reader) => {
    const symbols = readSymbols(reader, context.limits);
    if (symbols.count > 0 && symbols.length(0) !== 0) {
      throw new DecodeError('undecodable', 'the first symbol of a remote write 2.0 request must be empty');
    }
    const request = new Request2(reader, symbols, sink, context);
    reader.position = 0;
    while (!reader.done) {
      const tag = reader.tag();
      if (tag !== REQUEST_SERIES) {
        reader.skip(tag);
        continue;
      }
      const outer = reader.end;
      const end = reader.lengthEnd();
      reader.end = end;
      request.readSeries();
      reader.position = end;
      reader.end = outer;
    }
  });
  return sink.finish();
};

/** Symbols may come before or behind the series, so they are found first. */
function readSymbols(reader: ProtobufReader, limits: DecodeLimits): SymbolTable {
  const symbols = new SymbolTable(reader.bytes, limits);
  const limit = limits.elementsPerRequest;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== REQUEST_SYMBOLS) {
      reader.skip(tag);
      continue;
    }
    const end = reader.lengthEnd();
    if (symbols.count >= limit) throw new DecodeError('too-large', `more than ${limit} symbols in one request`);
    symbols.add(reader.position, end);
    reader.position = end;
  }
  return symbols;
}

class Request2 {
  readonly #reader: ProtobufReader;
  readonly #symbols: SymbolTable;
  readonly #sink: SeriesSink;
  readonly #context: Parameters<Decode>[1];
  /** References of the message being read. */
  readonly #references: Uint32Array<ArrayBuffer>;
  #referenceCount = 0;
  /** Metric names whose metadata this request has told already, by symbol. */
  readonly #told = new Set<number>();

  constructor(reader: ProtobufReader, symbols: SymbolTable, sink: SeriesSink, context: Parameters<Decode>[1]) {
    this.#reader = reader;
    this.#symbols = symbols;
    this.#sink = sink;
    this.#context = context;
    this.#references = new Uint32Array(context.limits.labelsPerSeries * 2);
  }

  /** One TimeSeries: labels first wherever they stand, then its records. */
  readSeries(): void {
    const reader = this.#reader;
    const start = reader.position;
    const metric = this.#beginPacked() ? this.#symbols.metricSymbol : this.#beginAny(start);
    while (!reader.done) this.#readField(metric);
  }

  /** The usual series: packed references first and nowhere else. Leaves the reader behind them; false when it is not so. */
  #beginPacked(): boolean {
    const reader = this.#reader;
    const { position: start, bytes } = reader;
    const length = bytes[start + 1] as number;
    const packedEnd = start + 2 + length;
    if (bytes[start] !== REFERENCES || length >= 0x80 || packedEnd > reader.end) return false;
    reader.position = packedEnd;
    while (!reader.done) {
      const tag = reader.tag();
      if (tag >>> 3 === 1) return false;
      reader.skip(tag);
    }
    const end = this.#symbols.writeLabels(start + 2, packedEnd, this.#context.limits);
    if (end < 0) return false;
    this.#sink.begin(this.#symbols.labelBytes, 0, end);
    reader.position = packedEnd;
    return true;
  }

  /** Any other series, refused ones among them; returns the symbol of its metric name or -1. */
  #beginAny(start: number): number {
    const reader = this.#reader;
    reader.position = start;
    this.#referenceCount = 0;
    this.#readReferences();
    const refusal = this.#referencesRefusal();
    reader.position = start;
    if (refusal !== undefined) {
      this.#sink.beginRefused(refusal);
      return -1;
    }
    const labels: string[] = [];
    for (let i = 0; i < this.#referenceCount; i++) labels.push(this.#symbols.text(this.#references[i] as number));
    const encoded = Buffer.allocUnsafe(labelBytesBound(labels));
    this.#sink.begin(encoded, 0, encodeLabelBytes(labels, encoded, 0));
    for (let i = 0; i < labels.length; i += 2) if (labels[i] === '__name__') return this.#references[i + 1] as number;
    return -1;
  }

  /** Collects field 1 (packed or not) of the message from the reader's position to its end. */
  #readReferences(): void {
    const reader = this.#reader;
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === ((1 << 3) | WIRE_BYTES)) {
        const end = reader.lengthEnd();
        while (reader.position < end) this.#pushReference(reader.varint32());
        if (reader.position !== end) throw new ProtobufError(`packed references pass their end at byte ${end}`);
      } else if (tag === ((1 << 3) | WIRE_VARINT)) this.#pushReference(reader.varint32());
      else reader.skip(tag);
    }
  }

  /** More references than a series may have are counted, not kept. */
  #pushReference(reference: number): void {
    if (this.#referenceCount < this.#references.length) this.#references[this.#referenceCount] = reference;
    this.#referenceCount++;
  }

  /** Bounds that must hold before symbols are copied: what a few bytes of references could blow up to. */
  #referencesRefusal(): LabelRefusal | undefined {
    const { limits } = this.#context;
    const count = this.#referenceCount;
    if (count % 2 !== 0) return { reason: 'invalid_labels', message: 'odd number of label references' };
    if (count / 2 > limits.labelsPerSeries) {
      return {
        reason: 'label_count',
        message: `series with ${count / 2} labels, the limit is ${limits.labelsPerSeries}`,
      };
    }
    for (let i = 0; i < count; i++) {
      const reference = this.#references[i] as number;
      if (reference >= this.#symbols.count) {
        const message = `label reference ${reference} beyond ${this.#symbols.count} symbols`;
        return { reason: 'invalid_labels', message };
      }
      if (!this.#symbols.isText(reference))
        return { reason: 'invalid_labels', message: 'label that is not valid UTF-8' };
      const limit = i % 2 === 0 ? limits.labelNameBytes : limits.labelValueBytes;
      if (this.#symbols.length(reference) > limit) {
        const what = i % 2 === 0 ? 'label name' : 'label value';
        const reason = i % 2 === 0 ? 'label_name_length' : 'label_value_length';
        return { reason, message: `${what} is longer than ${limit} bytes` };
      }
    }
    return undefined;
  }

  #readField(metric: number): void {
    const reader = this.#reader;
    const tag = reader.tag();
    if (tag === SAMPLES) {
      const end = reader.lengthEnd();
      readSample(reader, reader.position, end, this.#sink);
      reader.position = end;
    } else if (tag === HISTOGRAMS) {
      const { timeMs, histogram, startMs } = inMessage(reader, readHistogram);
      this.#sink.histogram(timeMs, histogram, startMs);
    } else if (tag === EXEMPLARS) inMessage(reader, () => this.#readExemplar());
    else if (tag === METADATA) inMessage(reader, () => this.#readMetadata(metric));
    else reader.skip(tag);
  }

  #readExemplar(): void {
    const reader = this.#reader;
    const start = reader.position;
    this.#referenceCount = 0;
    this.#readReferences();
    reader.position = start;
    let value = 0;
    let timeMs = 0;
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x11) value = reader.double();
      else if (tag === 0x18) timeMs = reader.int64Number();
      else reader.skip(tag);
    }
    const refusal = this.#referencesRefusal();
    if (refusal !== undefined) {
      this.#sink.invalidRecord(`exemplar: ${refusal.message}`);
      return;
    }
    const labels: string[] = [];
    for (let i = 0; i < this.#referenceCount; i++) labels.push(this.#symbols.text(this.#references[i] as number));
    this.#sink.exemplar(timeMs, value, labels);
  }

  /** Metadata comes with every series; it is told once per metric name and request. */
  #readMetadata(metric: number): void {
    const reader = this.#reader;
    if (metric < 0 || this.#told.has(metric)) return;
    this.#told.add(metric);
    let type = 0;
    let help = 0;
    let unit = 0;
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 0x08) type = reader.varint32();
      else if (tag === 0x18) help = reader.varint32();
      else if (tag === 0x20) unit = reader.varint32();
      else reader.skip(tag);
    }
    const name = METRIC_TYPES[type] ?? 'unknown';
    if (help >= this.#symbols.count || unit >= this.#symbols.count) return;
    if (name === 'unknown' && help === 0 && unit === 0) return;
    const family = familyName(this.#symbols.text(metric), name);
    const metadata = { metric: family, type: name, help: this.#symbols.text(help), unit: this.#symbols.text(unit) };
    this.#sink.columns.metadata.append(metadata, this.#context.nowMs);
  }
}
