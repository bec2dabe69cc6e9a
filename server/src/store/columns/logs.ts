import type { LineFields } from '../../model/log_fields.ts';
import type { Section } from '../../model/section.ts';
import { SEVERITY_NUMBERS, SEVERITY_TEXTS } from '../../model/severity.ts';
import type { LogRows, Stages } from '../../model/stages.ts';
import { type Day, dayOf } from '../../model/units.ts';
import { encodeBlock } from '../native/encode.ts';
import { TABLES } from '../tables.ts';
import { cutAt, MapBuilder, TRUNCATED } from './attributes.ts';
import { DictionaryBuilder, Uint8Builder, Uint64Builder } from './growable.ts';
import { appendId } from './ids.ts';
import { TextBuilder } from './text_builder.ts';

const SEVERITY_WORDS = SEVERITY_TEXTS.map((text) => Buffer.from(text));

/** The columns of `otel_logs` of one UTC day. A row is complete when every column has been appended to. */
export class LogColumns implements LogRows {
  readonly timestamp: Uint64Builder;
  readonly streamId: Uint64Builder;
  readonly traceId: TextBuilder;
  readonly spanId: TextBuilder;
  readonly traceFlags: Uint8Builder;
  readonly severityText: DictionaryBuilder;
  readonly severityNumber: Uint8Builder;
  readonly serviceName: DictionaryBuilder;
  readonly body: TextBuilder;
  readonly resourceAttributes: MapBuilder;
  readonly scopeName: DictionaryBuilder;
  readonly scopeVersion: DictionaryBuilder;
  readonly scopeAttributes: MapBuilder;
  readonly logAttributes: MapBuilder;
  readonly eventName: DictionaryBuilder;
  readonly requestId: TextBuilder;
  readonly userId: TextBuilder;
  /** 1 when an equal line (stream, time, body) may be stored already; doors without such lines leave it to the end. */
  readonly mayRepeat: Uint8Builder;

  constructor(rows: number, bytes: number) {
    this.timestamp = new Uint64Builder(rows);
    this.streamId = new Uint64Builder(rows);
    this.traceId = new TextBuilder(rows * 32, rows);
    this.spanId = new TextBuilder(rows * 16, rows);
    this.traceFlags = new Uint8Builder(rows);
    this.severityText = new DictionaryBuilder(rows);
    this.severityNumber = new Uint8Builder(rows);
    this.serviceName = new DictionaryBuilder(rows);
    this.body = new TextBuilder(bytes, rows);
    this.resourceAttributes = new MapBuilder(rows);
    this.scopeName = new DictionaryBuilder(rows);
    this.scopeVersion = new DictionaryBuilder(rows);
    this.scopeAttributes = new MapBuilder(rows);
    this.logAttributes = new MapBuilder(rows);
    this.eventName = new DictionaryBuilder(rows);
    this.requestId = new TextBuilder(rows * 16, rows);
    this.userId = new TextBuilder(rows * 16, rows);
    this.mayRepeat = new Uint8Builder(rows);
    this.learnSeverities();
  }

  /** Severities are appended by their number, so the dictionary begins with the vocabulary in its order. */
  private learnSeverities(): void {
    for (const text of SEVERITY_WORDS) this.severityText.learn(text);
  }

  /** Forgets all rows; the memory is used again. */
  clear(): void {
    for (const column of this.columns()) column.clear();
    this.learnSeverities();
  }

  /** Drops the rows whose byte in `kept` is 0. No more rows are appended until `clear`. */
  keepRows(kept: Uint8Array): void {
    for (const column of this.columns()) column.keepRows(kept);
  }

  /** Memory held, in bytes. */
  get capacity(): number {
    return this.columns().reduce((sum, column) => sum + column.capacity, 0);
  }

  /** In the table's order. */
  private columns() {
    return [
      this.timestamp,
      this.streamId,
      this.traceId,
      this.spanId,
      this.traceFlags,
      this.severityText,
      this.severityNumber,
      this.serviceName,
      this.body,
      this.resourceAttributes,
      this.scopeName,
      this.scopeVersion,
      this.scopeAttributes,
      this.logAttributes,
      this.eventName,
      this.requestId,
      this.userId,
      this.mayRepeat,
    ] as const;
  }

  get rows(): number {
    return this.timestamp.rows;
  }

  /** Appends severity by its index in the vocabulary; `number` is kept when it is more exact (INFO2 …). */
  appendSeverity(severity: number, number: number = SEVERITY_NUMBERS[severity] ?? 0): void {
    this.severityText.appendIndex(severity);
    this.severityNumber.append(number);
  }

  /**
   * Appends the ids found in a record: ranges in `bytes`, or where `fields` says ELSEWHERE the text given.
   * Columns: TraceId, SpanId, RequestId, UserId.
   */
  appendFields(fields: LineFields, bytes: Uint8Array<ArrayBuffer>, elsewhere: KnownFields): void {
    appendId(this.traceId, 32, bytes, fields.traceStart, fields.traceEnd, fields.traceDecimal, elsewhere.traceId);
    appendId(this.spanId, 16, bytes, fields.spanStart, fields.spanEnd, fields.spanDecimal, elsewhere.spanId);
    if (fields.requestStart >= 0) this.requestId.append(bytes, fields.requestStart, fields.requestEnd);
    else this.requestId.appendText(elsewhere.requestId);
    if (fields.userStart >= 0) this.userId.append(bytes, fields.userStart, fields.userEnd);
    else this.userId.appendText(elsewhere.userId);
  }

  /** Completes rows of a protocol that has no resource, scope, flags or event: those columns need not be appended to. */
  fillUnused(): void {
    const { rows } = this;
    this.traceFlags.fill(rows);
    this.resourceAttributes.fill(rows);
    this.scopeName.fill(rows);
    this.scopeVersion.fill(rows);
    this.scopeAttributes.fill(rows);
    this.eventName.fill(rows);
    this.mayRepeat.fill(rows);
  }

  /** Appends the body; a longer one is cut to `maxBytes` and its length in bytes kept as an attribute of the row. */
  appendBody(bytes: Uint8Array, start: number, end: number, maxBytes: number): void {
    if (end - start <= maxBytes) {
      this.body.append(bytes, start, end);
      return;
    }
    this.body.append(bytes, start, cutAt(bytes, start, start + maxBytes));
    this.markTruncated(end - start);
  }

  /** Notes in the row's attributes that its body was cut from this many bytes. */
  markTruncated(fullBytes: number): void {
    this.logAttributes.entryText(TRUNCATED, String(fullBytes));
  }

  section(day: Day): Section {
    const { rows } = this;
    const block = encodeBlock(
      TABLES.otel_logs,
      this.columns().map((column) => column.column()),
      rows,
      { omitLast: true },
    );
    return { table: 'otel_logs', partition: day, rows, block };
  }
}

/** Fields known for a whole stream (from its labels), empty when not. Ids are lower-case hex already. */
export interface KnownFields {
  readonly traceId: string;
  readonly spanId: string;
  readonly requestId: string;
  readonly userId: string;
}

export const NOTHING_KNOWN: KnownFields = { traceId: '', spanId: '', requestId: '', userId: '' };

/** Columns with more memory than this are not kept for the next request, bytes. */
const KEPT_BYTES = 32 * 1024 * 1024;
/** Columns of an earlier request, empty: decoding is synchronous, so a request has them to itself. */
let spare: LogColumns | undefined;

/** Log records of one request, one set of columns a UTC day. */
export class LogBuilder {
  private readonly days = new Map<Day, LogColumns>();
  private day: Day | 0 = 0;
  private current: LogColumns | undefined;
  private readonly expectedRows: number;
  private readonly expectedBytes: number;
  private readonly stages: Stages | undefined;

  /** Expectations size the first day's columns; they may be wrong. What a decoder was given as its context has the stages. */
  constructor(expectedRows: number, expectedBytes: number, { stages }: { readonly stages?: Stages }) {
    this.stages = stages;
    this.expectedRows = Math.max(16, expectedRows);
    this.expectedBytes = expectedBytes;
  }

  /** The columns for a record of this time, in milliseconds since the epoch. */
  at(ms: number): LogColumns {
    const day = dayOf(ms);
    if (day === this.day && this.current !== undefined) return this.current;
    let columns = this.days.get(day);
    if (columns === undefined) {
      columns = spare ?? new LogColumns(this.days.size === 0 ? this.expectedRows : 64, this.expectedBytes);
      spare = undefined;
      this.days.set(day, columns);
    }
    this.day = day;
    this.current = columns;
    return columns;
  }

  /** The rows as sections, with what stages add to them; to be called once, after the last row. */
  sections(): Section[] {
    const sections: Section[] = [];
    for (const [day, columns] of this.days) {
      columns.fillUnused();
      const added = this.stages?.logs(columns, day) ?? [];
      if (columns.rows > 0) sections.push(columns.section(day), ...added);
      if (spare === undefined && columns.capacity <= KEPT_BYTES) {
        columns.clear();
        spare = columns;
      }
    }
    this.days.clear();
    return sections;
  }
}
