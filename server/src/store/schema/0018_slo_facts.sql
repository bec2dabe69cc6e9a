-- What objectives count: bad and all events of five minutes, the slot that ends at `slot` (docs/slo.md). A slot may be counted
-- again, for another version of its objective or after late data: of equal keys the row with the newest `counted` holds.
-- `dimension`: labels of a series as JSON, empty for an objective that is counted as one.
CREATE TABLE slo_facts (
  objective LowCardinality(String),
  dimension LowCardinality(String),
  slot DateTime CODEC(Delta(4), ZSTD(1)),
  counted DateTime64(3) CODEC(Delta(8), ZSTD(1)),
  bad Float64 CODEC(ZSTD(1)),
  total Float64 CODEC(ZSTD(1)),
  batch_id UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1))
) ENGINE = {engine} ORDER BY (objective, dimension, slot)
TTL slot + INTERVAL 13 MONTH
SETTINGS {settings};
