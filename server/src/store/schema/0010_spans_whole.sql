-- What OTLP says of a span beyond the collector's columns, so that a trace comes out as it went in: attributes of the
-- instrumentation scope, types of all attributes (see tables.ts), schema URLs.
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1));
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS ScopeAttributeTypes LowCardinality(String) CODEC(ZSTD(1));
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS `Events.AttributeTypes` Array(LowCardinality(String)) CODEC(ZSTD(1));
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS `Links.AttributeTypes` Array(LowCardinality(String)) CODEC(ZSTD(1));
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS ResourceSchemaUrl LowCardinality(String) CODEC(ZSTD(1));
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1));
-- Flags and counts of what senders dropped: numbers that mostly are zero and then have no entry.
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS OtlpNumbers Map(LowCardinality(String), UInt32) CODEC(ZSTD(1));
-- How many exceptions were recorded on the span: what becomes an error issue is found without reading events.
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS Exceptions UInt16 MATERIALIZED countEqual(Events.Name, 'exception') CODEC(ZSTD(1));
ALTER TABLE otel_traces ADD INDEX IF NOT EXISTS exceptions Exceptions TYPE minmax GRANULARITY 1;
