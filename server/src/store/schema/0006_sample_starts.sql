-- Start timestamps of samples and histograms: where a counter began. Runs, not one row a sample: a row with single = 0
-- holds for its sample and those behind it on the same UTC day until the next such row, one with single = 1 for its sample
-- alone. start is in ms since the epoch, 0 is unknown. Senders that tell no start timestamps cost no row.
CREATE TABLE sample_starts (
  series UInt64 CODEC(Delta(8), ZSTD(1)),
  ts DateTime64(3) CODEC(DoubleDelta, ZSTD(1)),
  start Int64 CODEC(Delta(8), ZSTD(1)),
  single UInt8 CODEC(ZSTD(1)),
  batch_id UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1))
) ENGINE = {engine} PARTITION BY toYYYYMMDD(ts) ORDER BY (series, ts)
SETTINGS {settings};
