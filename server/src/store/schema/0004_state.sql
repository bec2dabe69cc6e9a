-- Everything people do (silences, acknowledgements, tokens, saved views …) as history: inserted, never changed.
CREATE TABLE state (
  kind LowCardinality(String),
  id String,
  version UInt64,
  body String CODEC(ZSTD(1)),
  author String,
  time DateTime64(3),
  batch_id UInt64 DEFAULT 0
) ENGINE = {engine} ORDER BY (kind, id, version)
SETTINGS {settings};
