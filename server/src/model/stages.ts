import type { Section } from './section.ts';
import type { Day } from './units.ts';

/**
 * What runs over the finished rows of a request before they are encoded, whatever door they came by: noise control,
 * masking, patterns (`ingest/stages`). Decoders pass it on with their context; the column builders of `store` run it.
 */
export interface Stages {
  /** Over the log rows of one UTC day: may rewrite and drop rows. The sections it returns go into the same frame. */
  logs(rows: LogRows, day: Day): readonly Section[];
  /** Over the spans of one UTC day: may rewrite texts and drop rows. The sections it returns go into the same frame. */
  spans(rows: SpanRows, day: Day): readonly Section[];
}

/** Bytes [start, end) of a column and what stands there instead. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly replacement: Uint8Array;
}

/** Rows of text, one behind the other in `bytes`. */
export interface TextRows {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes in use. */
  readonly length: number;
  readonly rows: number;
  /** Where row `row` begins; `start(rows)` is the end of the last one. */
  start(row: number): number;
  /** Replaces ranges: in ascending order, none overlapping another, each within one row. */
  splice(edits: readonly TextEdit[]): void;
}

/** Rows that are words of a vocabulary. */
export interface WordRows {
  readonly rows: number;
  /** The row's word, as its number among `words`. */
  index(row: number): number;
  readonly words: TextRows;
}

/** Entries of maps, row after row: entry i is the i-th of `keys` and the i-th of `values`. */
export interface MapEntries {
  readonly keys: WordRows;
  readonly values: TextRows;
  /** Where the entries of each row end. */
  readonly offsets: NumberRows;
  /** Entries [from, to), [from, to) … written by themselves; all others repeat one of these. Undefined: every entry is. */
  readonly distinct: readonly number[] | undefined;
}

/** Entries of maps whose values are words of one key each. */
export interface WordEntries {
  readonly keys: WordRows;
  readonly values: WordRows;
  /** Where the entries of each row end. */
  readonly offsets: NumberRows;
  /** Every key and value once: entry i is word i of `values`. */
  readonly pairs: Pick<MapEntries, 'keys' | 'values' | 'distinct'>;
}

export interface Times {
  /** ms since the epoch. */
  ms(row: number): number;
}

export interface NumberRows {
  at(row: number): number;
}

/** Unsigned numbers of 64 bits by their halves. */
export interface LongRows {
  low(row: number): number;
  high(row: number): number;
}

/** The rows of `otel_logs` as stages see them; columns whose values are no free text are left out. */
export interface LogRows {
  readonly rows: number;
  readonly timestamp: Times;
  readonly traceId: TextRows;
  readonly severityText: WordRows;
  readonly severityNumber: NumberRows;
  readonly serviceName: WordRows;
  readonly body: TextRows;
  readonly resourceAttributes: MapEntries;
  readonly scopeName: WordRows;
  readonly scopeVersion: WordRows;
  readonly scopeAttributes: MapEntries;
  readonly logAttributes: MapEntries;
  readonly eventName: WordRows;
  readonly requestId: TextRows;
  readonly userId: TextRows;
  /** 1 when an equal line may be stored already. */
  readonly mayRepeat: NumberRows;
  /** Drops the rows whose byte in `kept` is 0. */
  keepRows(kept: Uint8Array): void;
}

/** The rows of `otel_traces` as stages see them. */
export interface SpanRows {
  readonly rows: number;
  readonly timestamp: Times;
  readonly traceId: TextRows;
  readonly spanId: TextRows;
  readonly parentSpanId: TextRows;
  /** Numbers of SpanKind and of status codes in opentelemetry.proto.trace.v1. */
  readonly kind: WordRows;
  readonly statusCode: WordRows;
  /** ns. */
  readonly duration: LongRows;
  /** Bytes of the span as it came. */
  readonly size: NumberRows;
  /** How many spans each row stands for: to be appended row by row, or not at all. */
  readonly weight: { append(value: number): void };
  readonly traceState: TextRows;
  readonly name: WordRows;
  readonly serviceName: WordRows;
  readonly resourceAttributes: WordEntries;
  readonly scopeName: WordRows;
  readonly scopeVersion: WordRows;
  readonly scopeAttributes: MapEntries;
  readonly attributes: WordEntries;
  readonly statusMessage: TextRows;
  readonly eventName: WordRows;
  readonly eventAttributes: MapEntries;
  readonly linkTraceState: TextRows;
  readonly linkAttributes: MapEntries;
  /** Drops the rows whose byte in `kept` is 0. */
  keepRows(kept: Uint8Array): void;
}
