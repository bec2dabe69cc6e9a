-- Metrics. {engine:…} becomes MergeTree or its replicated form; on a cluster every table also gets a Distributed twin.
CREATE TABLE series (
  day Date,
  id UInt64 CODEC(Delta(8), ZSTD(1)),
  metric LowCardinality(String),
  labels Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  created DateTime64(3) CODEC(Delta(8), ZSTD(1)),
  batch_id UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1)),
  INDEX created created TYPE minmax GRANULARITY 1
) ENGINE = {engine} PARTITION BY toYYYYMMDD(day) ORDER BY (metric, id)
SETTINGS {settings};

-- The batch takes up to a byte per sample, as much as the value, and is only asked for while the log may still hold it:
-- merges forget it after a week.
CREATE TABLE samples (
  series UInt64 CODEC(Delta(8), ZSTD(1)),
  ts DateTime64(3) CODEC(DoubleDelta, ZSTD(1)),
  mantissa Int64 CODEC(Delta(8), ZSTD(1)),
  exponent Int8 CODEC(ZSTD(1)),
  batch_id UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1)) TTL toDateTime(ts) + INTERVAL 7 DAY
) ENGINE = {engine} PARTITION BY toYYYYMMDD(ts) ORDER BY (series, ts)
SETTINGS {settings};

CREATE TABLE native_histograms (
  series UInt64 CODEC(Delta(8), ZSTD(1)),
  ts DateTime64(3) CODEC(DoubleDelta, ZSTD(1)),
  schema Int8,
  reset_hint UInt8,
  zero_threshold Float64,
  zero_count Float64,
  count Float64,
  sum Float64,
  positive_offsets Array(Int32),
  positive_lengths Array(UInt32),
  positive_buckets Array(Float64),
  negative_offsets Array(Int32),
  negative_lengths Array(UInt32),
  negative_buckets Array(Float64),
  custom_values Array(Float64),
  batch_id UInt64 DEFAULT 0
) ENGINE = {engine} PARTITION BY toYYYYMMDD(ts) ORDER BY (series, ts)
SETTINGS {settings};

CREATE TABLE metadata (
  day Date,
  metric String,
  type LowCardinality(String),
  help String,
  unit LowCardinality(String),
  updated DateTime64(3),
  batch_id UInt64 DEFAULT 0
) ENGINE = {engine} PARTITION BY toYYYYMMDD(day) ORDER BY (metric, updated)
SETTINGS {settings};

CREATE TABLE exemplars (
  series UInt64,
  ts DateTime64(3),
  value Float64,
  trace_id String,
  span_id String,
  labels Map(LowCardinality(String), String),
  batch_id UInt64 DEFAULT 0
) ENGINE = {engine} PARTITION BY toYYYYMMDD(ts) ORDER BY (series, ts)
SETTINGS {settings};
