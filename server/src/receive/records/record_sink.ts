import type { DecodeContext, Decoded, RejectReason } from '../../model/ingest.ts';
import {
  appendEntry,
  attributeSlot,
  countEntry,
  decodedEntries,
  type Entries,
  entryColumns,
  newEntries,
} from './entries.ts';
import { labelsRefusal, limitRefusal, type Stream, type StreamRefusal, streamFacts } from './stream.ts';
import { labelString, streamLabels } from './stream_labels.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

/** A log record of any protocol, before it is a row. */
export interface LogRecord {
  /** The stream: labels of few values (service, namespace, pod, container, host, environment …). */
  readonly labels: Pairs;
  /** Since the epoch; whole seconds, and the nanoseconds below one. */
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Stored as it is; what it says about itself (level, ids) is found in it. */
  readonly line: string | Uint8Array;
  /** Structured metadata: anything of many values (ids, paths, versions). */
  readonly attributes: Pairs;
  /** Index in `SEVERITY_TEXTS`; counts when neither attributes nor the line name a level. */
  readonly severity?: number;
  /** The sender names its records (in an attribute): an equal one is the same, sent again. */
  readonly isNamed?: boolean;
}

const EXPECTED_LINE_BYTES = 200;
const utf8 = new TextEncoder();

/**
 * Log records of one request to rows, for doors whose records are objects. A record's text is written once into memory
 * that all records share, so that it is understood and stored like an entry of Loki's push. Equal records are as many,
 * unless their sender names them: what is sent again is known by its request.
 */
export class RecordSink {
  private readonly entries: Entries;
  private readonly streams = new Map<string, Stream | StreamRefusal>();
  private text: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  private used = 0;

  /**
   * @param requestBytes size of the decompressed request; sizes the columns
   * @param mayBeNamed whether records may come that their sender names
   */
  constructor(context: DecodeContext, requestBytes: number, mayBeNamed = false) {
    this.entries = newEntries(context, Math.ceil(requestBytes / EXPECTED_LINE_BYTES), requestBytes, mayBeNamed);
  }

  /**
   * Adds a record.
   * @returns why it is refused, which is counted already; undefined when it is taken
   * @throws DecodeError beyond the number of records of one request
   */
  add(record: LogRecord): RejectReason | undefined {
    const { entries } = this;
    countEntry(entries);
    const stream = this.streamOf(record.labels);
    if ('reason' in stream) {
      entries.rejections.add(stream.reason, 1, () => stream.message);
      return stream.reason;
    }
    const columns = entryColumns(entries, stream, record.seconds, record.nanoseconds);
    if (typeof columns === 'string') return columns;
    this.used = 0;
    entries.attributeCount = 0;
    for (const [name, value] of record.attributes) {
      const at = attributeSlot(entries);
      entries.attributes[at] = this.used;
      entries.attributes[at + 1] = this.write(name);
      entries.attributes[at + 2] = this.used;
      entries.attributes[at + 3] = this.write(value);
    }
    entries.isNamed = record.isNamed === true;
    const start = this.used;
    const end = this.write(record.line);
    appendEntry(entries, stream, columns, this.text, start, end, record.severity);
    return undefined;
  }

  /** Counts a record that is none. */
  refuse(reason: RejectReason, message: () => string): void {
    countEntry(this.entries);
    this.entries.rejections.add(reason, 1, message);
  }

  /** Ends the request. */
  decoded(): Decoded {
    return decodedEntries(this.entries);
  }

  private streamOf(pairs: Pairs): Stream | StreamRefusal {
    const key = pairs.flat().join('\u0000');
    let stream = this.streams.get(key);
    if (stream === undefined) {
      stream = this.learn(pairs);
      this.streams.set(key, stream);
    }
    return stream;
  }

  private learn(pairs: Pairs): Stream | StreamRefusal {
    const { context } = this.entries;
    const labels = streamLabels(pairs);
    const shown = labelString(labels).slice(0, 200);
    const distinct = Array.from(
      { length: labels.length / 2 },
      (_, i) => labels.slice(i * 2, i * 2 + 2) as [string, string],
    );
    const refusal = labelsRefusal(distinct, shown, context.limits);
    if (refusal !== undefined) return refusal;
    const reference = context.streams.intern(labels);
    return reference < 0 ? limitRefusal(shown) : streamFacts(context, reference);
  }

  /** Writes text of the record; the position after it. */
  private write(text: string | Uint8Array): number {
    const most = typeof text === 'string' ? text.length * 3 : text.length;
    if (this.used + most > this.text.length) {
      const next = new Uint8Array(Math.max(this.text.length * 2, this.used + most));
      next.set(this.text.subarray(0, this.used));
      this.text = next;
    }
    if (typeof text === 'string') this.used += utf8.encodeInto(text, this.text.subarray(this.used)).written;
    else {
      this.text.set(text, this.used);
      this.used += text.length;
    }
    return this.used;
  }
}
