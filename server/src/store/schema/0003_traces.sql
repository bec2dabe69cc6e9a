-- Spans: a superset of the columns of the OpenTelemetry Collector's ClickHouse exporter (otel_traces). A map is decoded for
-- whole granules, of which a trace needs ten rows: small ones. (Granules cannot be altered: tables of before keep theirs of 8192.)
CREATE TABLE otel_traces (
  Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
  TraceId String CODEC(ZSTD(1)),
  SpanId String CODEC(ZSTD(1)),
  ParentSpanId String CODEC(ZSTD(1)),
  TraceState String CODEC(ZSTD(1)),
  SpanName LowCardinality(String) CODEC(ZSTD(1)),
  SpanKind LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  ScopeName LowCardinality(String) CODEC(ZSTD(1)),
  ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
  SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  Duration UInt64 CODEC(ZSTD(1)),
  StatusCode LowCardinality(String) CODEC(ZSTD(1)),
  StatusMessage String CODEC(ZSTD(1)),
  Events Nested (
    Timestamp DateTime64(9),
    Name LowCardinality(String),
    Attributes Map(LowCardinality(String), String)
  ) CODEC(ZSTD(1)),
  Links Nested (
    TraceId String,
    SpanId String,
    TraceState String,
    Attributes Map(LowCardinality(String), String)
  ) CODEC(ZSTD(1)),
  ResourceAttributeTypes LowCardinality(String) DEFAULT '',
  SpanAttributeTypes LowCardinality(String) DEFAULT '',
  batch_id UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1)),
  AttributeTokens Array(String) ALIAS arrayConcat(
    arrayMap((k, v) -> concat(k, '=', v), mapKeys(SpanAttributes), mapValues(SpanAttributes)),
    arrayMap((k, v) -> concat(k, '=', v), mapKeys(ResourceAttributes), mapValues(ResourceAttributes))),
  INDEX attribute_tokens arrayConcat(
    arrayMap((k, v) -> concat(k, '=', v), mapKeys(SpanAttributes), mapValues(SpanAttributes)),
    arrayMap((k, v) -> concat(k, '=', v), mapKeys(ResourceAttributes), mapValues(ResourceAttributes)))
    TYPE text(tokenizer = 'array'),
  INDEX trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX duration Duration TYPE minmax GRANULARITY 1
) ENGINE = {engine} PARTITION BY toYYYYMMDD(Timestamp) ORDER BY (toStartOfFiveMinutes(Timestamp), TraceId)
SETTINGS {settings}, index_granularity = 1024;

-- Where in time a trace lies, so that a trace by id needs no time range.
CREATE TABLE otel_traces_trace_id_ts (
  TraceId String CODEC(ZSTD(1)),
  Start DateTime CODEC(Delta(4), ZSTD(1)),
  End DateTime CODEC(Delta(4), ZSTD(1)),
  batch_id UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1))
) ENGINE = {engine} PARTITION BY toYYYYMMDD(Start) ORDER BY (TraceId, Start)
SETTINGS {settings};
