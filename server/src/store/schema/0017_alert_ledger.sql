-- What happened between a sample and a person, one row an event (docs/why-paged.md): changes of state, routing, what held a
-- notification back, attempts, responses. `alerts` are the names it is about, `body` the event as JSON. Kept 13 months, so
-- that a month can be compared with the same one a year ago.
CREATE TABLE alert_ledger (
  time DateTime64(3) CODEC(Delta(8), ZSTD(1)),
  kind LowCardinality(String),
  alerts Array(LowCardinality(String)),
  group_key String CODEC(ZSTD(1)),
  receiver LowCardinality(String),
  body String CODEC(ZSTD(3)),
  batch_id UInt64 DEFAULT 0 CODEC(Delta(8), ZSTD(1))
) ENGINE = {engine} ORDER BY (time, kind)
TTL toDateTime(time) + INTERVAL 13 MONTH
SETTINGS {settings};
