-- Which samples name a trace: asked by trace id, where the order is by series.
ALTER TABLE exemplars ADD INDEX trace_id trace_id TYPE bloom_filter(0.001) GRANULARITY 1;
