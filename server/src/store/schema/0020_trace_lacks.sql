-- Which columns the spans of a trace have nothing in (SPAN_PARTS in span_parts.ts): a trace by id opens a file for each
-- stream of each column, most of them for values that are mostly empty. 0 for rows of which it is not known.
ALTER TABLE otel_traces_trace_id_ts ADD COLUMN IF NOT EXISTS Lacks UInt8 DEFAULT 0 CODEC(ZSTD(1));
