-- How often each pattern of lines came, in steps of ten seconds: a row for each request that had any. A line is counted in
-- the frame that holds it, so counts and lines are both stored or both not.
CREATE TABLE log_patterns (
  ts DateTime CODEC(Delta(4), ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  level LowCardinality(String) CODEC(ZSTD(1)),
  pattern UInt64 CODEC(ZSTD(1)),
  lines UInt32 CODEC(T64, ZSTD(1)),
  -- Of these, lines that may be repetitions of stored ones (otel_logs.MayRepeat).
  marked UInt32 CODEC(T64, ZSTD(1)),
  batch_id UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1)) TTL ts + INTERVAL 7 DAY
) ENGINE = {engine} PARTITION BY toYYYYMMDD(ts) ORDER BY (service, pattern, ts)
SETTINGS {settings};

-- What the patterns are, once a day each (again after a restart).
CREATE TABLE log_pattern_texts (
  day Date,
  pattern UInt64,
  text String CODEC(ZSTD(1)),
  -- 1: the text stands inside a line, as a JSON line's message; 0: it is the whole line.
  inside UInt8,
  batch_id UInt64 DEFAULT 0 CODEC(ZSTD(1))
) ENGINE = {engine} PARTITION BY toYYYYMMDD(day) ORDER BY pattern
SETTINGS {settings};
