-- How many spans a stored one stands for: sampling dropped others like it.
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS SampleWeight Float64 DEFAULT 1 CODEC(ZSTD(1));
-- What the spans of each request add to the series made from spans, in the record of the log that holds the spans
-- (docs/formats/span-facts.md). Needed only until sums that hold it are written, which takes seconds.
CREATE TABLE span_facts (
  time DateTime64(3) CODEC(Delta(8), ZSTD(1)),
  run UInt64 CODEC(Delta(8), ZSTD(1)),
  number UInt64 CODEC(Delta(8), ZSTD(1)),
  facts String CODEC(ZSTD(1)),
  batch_id UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1))
) ENGINE = {engine} PARTITION BY toYYYYMMDD(time) ORDER BY (run, number)
TTL toDateTime(time) + INTERVAL 2 DAY
SETTINGS {settings};
-- Sums of all facts up to (run, number) by key, written with the samples that say the same. Only the newest of a key is
-- ever read, and every key is written once a day.
CREATE TABLE span_sums (
  time DateTime64(3) CODEC(Delta(8), ZSTD(1)),
  run UInt64 CODEC(Delta(8), ZSTD(1)),
  number UInt64 CODEC(Delta(8), ZSTD(1)),
  key String CODEC(ZSTD(1)),
  sums String CODEC(ZSTD(1)),
  batch_id UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1))
) ENGINE = {engine} PARTITION BY toYYYYMMDD(time) ORDER BY (key, run, number)
TTL toDateTime(time) + INTERVAL 4 DAY
SETTINGS {settings};
-- Requests whose spans wait for a decision about their traces (docs/sampling.md); released = 1: the decision is carried out.
CREATE TABLE held_spans (
  time DateTime64(3) CODEC(Delta(8), ZSTD(1)),
  run UInt64 CODEC(Delta(8), ZSTD(1)),
  number UInt64 CODEC(Delta(8), ZSTD(1)),
  released UInt8,
  door LowCardinality(String),
  body String CODEC(ZSTD(1)),
  batch_id UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1))
) ENGINE = {engine} PARTITION BY toYYYYMMDD(time) ORDER BY (run, number, released)
TTL toDateTime(time) + INTERVAL 2 DAY
SETTINGS {settings};
