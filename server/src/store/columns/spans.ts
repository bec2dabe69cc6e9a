import type { Section } from '../../model/section.ts';
import type { SpanRows, Stages } from '../../model/stages.ts';
import { type Day, dayOf } from '../../model/units.ts';
import type { Column } from '../native/columns.ts';
import { MapBuilder } from './attributes.ts';
import { encodeWithoutBlank, unlessBlank } from './blank_columns.ts';
import { DictionaryBuilder, Float64Builder, keptParts, Uint32Builder, Uint64Builder } from './growable.ts';
import { NumberMapBuilder } from './number_map.ts';
import { TextBuilder } from './text_builder.ts';
import { exceptions, unsureKeys } from './unsure_keys.ts';
import { WordMapBuilder } from './word_map.ts';

/** SpanKind by its number in opentelemetry.proto.trace.v1, as the collector's ClickHouse exporter writes it. */
export const SPAN_KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'] as const;
/** Status code by its number. */
export const STATUS_CODES = ['Unset', 'Ok', 'Error'] as const;

/** Makes a dictionary begin with known words, so that their numbers can be appended. */
function learn(builder: DictionaryBuilder, words: readonly string[]): void {
  for (const word of words) builder.learn(Buffer.from(word));
}

/** Columns whose values come as words of the block: most spans have values that others have. The engine stores texts. */
const SENT_TYPES: ReadonlyMap<string, string> = new Map(
  ['ResourceAttributes', 'SpanAttributes'].map((name) => [name, 'Map(LowCardinality(String), LowCardinality(String))']),
);

/** What the elements of an array are written into. */
interface ElementBuilder {
  column(): Column;
}

/** An array column; undefined when all arrays are empty. */
function nested(offsets: Uint32Builder, elements: number, values: ElementBuilder): Column | undefined {
  return elements === 0 ? undefined : { kind: 'array', offsets: offsets.values(), values: values.column() };
}

/** The columns of `otel_traces` of one UTC day. A row is complete when every column has been appended to. */
export class SpanColumns implements SpanRows {
  readonly timestamp: Uint64Builder;
  readonly traceId: TextBuilder;
  readonly spanId: TextBuilder;
  readonly parentSpanId: TextBuilder;
  readonly traceState: TextBuilder;
  readonly name: DictionaryBuilder;
  readonly kind: DictionaryBuilder;
  readonly serviceName: DictionaryBuilder;
  readonly resourceAttributes: WordMapBuilder;
  readonly scopeName: DictionaryBuilder;
  readonly scopeVersion: DictionaryBuilder;
  readonly attributes: WordMapBuilder;
  readonly duration: Uint64Builder;
  readonly statusCode: DictionaryBuilder;
  readonly statusMessage: TextBuilder;
  /** Events and links so far, after each span. */
  readonly eventOffsets: Uint32Builder;
  readonly eventTimestamp = new Uint64Builder();
  readonly eventName = new DictionaryBuilder();
  readonly eventAttributes = new MapBuilder();
  readonly eventTypes = new DictionaryBuilder();
  readonly linkOffsets: Uint32Builder;
  readonly linkTraceId = new TextBuilder();
  readonly linkSpanId = new TextBuilder();
  readonly linkTraceState = new TextBuilder();
  readonly linkAttributes = new MapBuilder();
  readonly linkTypes = new DictionaryBuilder();
  readonly resourceTypes: DictionaryBuilder;
  readonly attributeTypes: DictionaryBuilder;
  readonly scopeAttributes: MapBuilder;
  readonly scopeTypes: DictionaryBuilder;
  readonly resourceSchemaUrl: DictionaryBuilder;
  readonly scopeSchemaUrl: DictionaryBuilder;
  readonly numbers: NumberMapBuilder;
  /** Bytes of the span as it came; not stored. */
  readonly size: Uint32Builder;
  /** How many spans each stands for; rows that are not written stand for themselves. */
  readonly weight: Float64Builder;

  constructor(rows: number) {
    this.timestamp = new Uint64Builder(rows);
    this.traceId = new TextBuilder(rows * 32, rows);
    this.spanId = new TextBuilder(rows * 16, rows);
    this.parentSpanId = new TextBuilder(rows * 16, rows);
    this.traceState = new TextBuilder(64, rows);
    this.name = new DictionaryBuilder(rows);
    this.kind = new DictionaryBuilder(rows);
    this.serviceName = new DictionaryBuilder(rows);
    this.resourceAttributes = new WordMapBuilder(rows * 6);
    this.scopeName = new DictionaryBuilder(rows);
    this.scopeVersion = new DictionaryBuilder(rows);
    this.attributes = new WordMapBuilder(rows * 8);
    this.duration = new Uint64Builder(rows);
    this.statusCode = new DictionaryBuilder(rows);
    this.statusMessage = new TextBuilder(64, rows);
    this.eventOffsets = new Uint32Builder(rows);
    this.linkOffsets = new Uint32Builder(rows);
    this.resourceTypes = new DictionaryBuilder(rows);
    this.attributeTypes = new DictionaryBuilder(rows);
    this.scopeAttributes = new MapBuilder(rows);
    this.scopeTypes = new DictionaryBuilder(rows);
    this.resourceSchemaUrl = new DictionaryBuilder(rows);
    this.scopeSchemaUrl = new DictionaryBuilder(rows);
    this.numbers = new NumberMapBuilder(rows);
    this.size = new Uint32Builder(rows);
    this.weight = new Float64Builder(rows);
    this.learnWords();
  }

  private learnWords(): void {
    learn(this.kind, SPAN_KINDS);
    learn(this.statusCode, STATUS_CODES);
  }

  /** Forgets all rows; the memory is used again. */
  clear(): void {
    for (const column of this.all()) column.clear();
    this.learnWords();
  }

  /** Memory held, in bytes. */
  get capacity(): number {
    return this.all().reduce((sum, column) => sum + column.capacity, 0);
  }

  private ofEvents() {
    return [this.eventTimestamp, this.eventName, this.eventAttributes, this.eventTypes] as const;
  }

  private ofLinks() {
    return [this.linkTraceId, this.linkSpanId, this.linkTraceState, this.linkAttributes, this.linkTypes] as const;
  }

  private ofSpans() {
    return [
      this.timestamp,
      this.traceId,
      this.spanId,
      this.parentSpanId,
      this.traceState,
      this.name,
      this.kind,
      this.serviceName,
      this.resourceAttributes,
      this.scopeName,
      this.scopeVersion,
      this.attributes,
      this.duration,
      this.statusCode,
      this.statusMessage,
      this.resourceTypes,
      this.attributeTypes,
      this.scopeAttributes,
      this.scopeTypes,
      this.resourceSchemaUrl,
      this.scopeSchemaUrl,
      this.numbers,
      this.size,
      this.weight,
    ] as const;
  }

  private all() {
    return [...this.ofSpans(), this.eventOffsets, ...this.ofEvents(), this.linkOffsets, ...this.ofLinks()] as const;
  }

  get rows(): number {
    return this.timestamp.rows;
  }

  /** Drops the spans whose byte in `kept` is 0. No more rows are written until `clear`. */
  keepRows(kept: Uint8Array): void {
    const keptEvents = keptParts(this.eventOffsets, kept);
    for (const column of this.ofEvents()) column.keepRows(keptEvents);
    const keptLinks = keptParts(this.linkOffsets, kept);
    for (const column of this.ofLinks()) column.keepRows(keptLinks);
    for (const column of this.ofSpans()) column.keepRows(kept);
  }

  section(day: Day): Section {
    const { rows } = this;
    this.weight.fill(rows, 1);
    // Most spans have no events, links, scope or trace state: such columns are a third of a block's bytes and of its columns.
    const events = (values: ElementBuilder): Column | undefined =>
      nested(this.eventOffsets, this.eventTimestamp.rows, values);
    const links = (values: ElementBuilder): Column | undefined =>
      nested(this.linkOffsets, this.linkTraceId.rows, values);
    const block = encodeWithoutBlank(
      'otel_traces',
      [
        this.timestamp.column(),
        this.traceId.column(),
        this.spanId.column(),
        unlessBlank(this.parentSpanId),
        unlessBlank(this.traceState),
        unlessBlank(this.name),
        this.kind.column(),
        unlessBlank(this.serviceName),
        unlessBlank(this.resourceAttributes),
        unlessBlank(this.scopeName),
        unlessBlank(this.scopeVersion),
        unlessBlank(this.attributes),
        this.duration.column(),
        this.statusCode.column(),
        unlessBlank(this.statusMessage),
        events(this.eventTimestamp),
        events(this.eventName),
        events(this.eventAttributes),
        links(this.linkTraceId),
        links(this.linkSpanId),
        links(this.linkTraceState),
        links(this.linkAttributes),
        unlessBlank(this.resourceTypes),
        unlessBlank(this.attributeTypes),
        unlessBlank(this.scopeAttributes),
        unlessBlank(this.scopeTypes),
        events(this.eventTypes),
        links(this.linkTypes),
        unlessBlank(this.resourceSchemaUrl),
        unlessBlank(this.scopeSchemaUrl),
        unlessBlank(this.numbers),
        this.weight.column(),
        unsureKeys(this),
        exceptions(this),
      ],
      rows,
      SENT_TYPES,
    );
    return { table: 'otel_traces', partition: day, rows, block };
  }
}

/** Columns with more memory than this are not kept for the next request, bytes. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** Columns of an earlier request, empty: decoding is synchronous, so a request has them to itself. */
let spare: SpanColumns | undefined;

/** Spans of one request, one set of columns for each UTC day they began on. */
export class SpanBuilder {
  private readonly days = new Map<Day, SpanColumns>();
  private readonly expectedRows: number;
  private readonly stages: Stages | undefined;
  private dropped = false;
  private readonly kept = new Set<string>();

  /** What a decoder was given as its context has the stages. */
  constructor(expectedRows: number, { stages }: { readonly stages?: Stages }) {
    this.stages = stages;
    this.expectedRows = Math.max(16, expectedRows);
  }

  /** The columns for a span that began at this time, in milliseconds since the epoch. */
  at(ms: number): SpanColumns {
    const day = dayOf(ms);
    let columns = this.days.get(day);
    if (columns === undefined) {
      columns = spare ?? new SpanColumns(this.days.size === 0 ? this.expectedRows : 64);
      spare = undefined;
      this.days.set(day, columns);
    }
    return columns;
  }

  /** The rows as sections; to be called once, after the last row. */
  sections(): Section[] {
    const sections: Section[] = [];
    for (const [day, columns] of this.days) {
      const { rows } = columns;
      sections.push(...(this.stages?.spans(columns, day) ?? []));
      if (columns.rows < rows) this.dropped = true;
    }
    if (this.dropped) for (const columns of this.days.values()) this.noteTraces(columns.traceId);
    for (const [day, columns] of this.days) {
      if (columns.rows > 0) sections.push(columns.section(day));
      if (spare === undefined && columns.capacity <= KEPT_BYTES) {
        columns.clear();
        spare = columns;
      }
    }
    this.days.clear();
    return sections;
  }

  /** Ids of the traces that still have spans, when the stages dropped some; undefined: all have. */
  get keptTraces(): ReadonlySet<string> | undefined {
    return this.dropped ? this.kept : undefined;
  }

  private noteTraces(traceId: TextBuilder): void {
    for (let row = 0; row < traceId.rows; row++) this.kept.add(traceId.text(row));
  }
}
