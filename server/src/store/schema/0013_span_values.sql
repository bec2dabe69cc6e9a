-- The text index over attributes holds values alone, in packed lists: 5 of 26 bytes a span less than `key=value`, and no lambda
-- to evaluate. Which key has the value is compared with the maps.
ALTER TABLE otel_traces DROP INDEX IF EXISTS attribute_tokens;
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS AttributeValues Array(String) ALIAS arrayConcat(mapValues(SpanAttributes), mapValues(ResourceAttributes));
ALTER TABLE otel_traces ADD INDEX IF NOT EXISTS attribute_values arrayConcat(mapValues(SpanAttributes), mapValues(ResourceAttributes)) TYPE text(tokenizer = 'array', posting_list_codec = 'bitpacking');
