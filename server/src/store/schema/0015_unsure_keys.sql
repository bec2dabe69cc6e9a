-- Attributes whose stored text is not the value that TraceQL compares: arrays, values that JSON cannot tell, names without a value
-- (types j, o, n), by scope; and under `any.` those of events, links and instrumentation scopes, where an attribute without a
-- scope is looked for too. Most of them are of resources, so that the column is next to nothing, and the index tells that a
-- part has none of a name.
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS UnsureKeys Array(LowCardinality(String)) MATERIALIZED arrayConcat(
  if(match(SpanAttributeTypes, '[jon]'), arrayFilter((key, i) -> substring(SpanAttributeTypes, i, 1) IN ('j', 'o', 'n'),
    arrayMap(key -> concat('span.', key), mapKeys(SpanAttributes)), arrayEnumerate(mapKeys(SpanAttributes))), []),
  if(match(ResourceAttributeTypes, '[jon]'), arrayFilter((key, i) -> substring(ResourceAttributeTypes, i, 1) IN ('j', 'o', 'n'),
    arrayMap(key -> concat('resource.', key), mapKeys(ResourceAttributes)), arrayEnumerate(mapKeys(ResourceAttributes))), []),
  arrayMap(key -> concat('any.', key), arrayConcat(mapKeys(ScopeAttributes),
    arrayFlatten(arrayMap(attributes -> mapKeys(attributes), Events.Attributes)),
    arrayFlatten(arrayMap(attributes -> mapKeys(attributes), Links.Attributes))))) CODEC(ZSTD(1));
ALTER TABLE otel_traces ADD INDEX IF NOT EXISTS unsure_keys UnsureKeys TYPE bloom_filter(0.01) GRANULARITY 1;
