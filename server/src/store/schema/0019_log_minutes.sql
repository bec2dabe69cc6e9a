-- How many lines, and bytes of them, each service had at each level in each minute, in every part beside the lines: exact
-- whatever is sent again, deleted or merged, because it is made of the part's own rows. Overviews read a row for some thousand
-- lines. `on_minute` tells lines of the very first nanosecond, which belong to the minute before where ranges are closed
-- at their end. Parts that are there get theirs in the background, and are counted line by line until then.
ALTER TABLE otel_logs MODIFY SETTING lightweight_mutation_projection_mode = 'rebuild';

ALTER TABLE otel_logs ADD PROJECTION IF NOT EXISTS minutes (
  SELECT intDiv(toUnixTimestamp64Nano(Timestamp), 60000000000) AS minute,
    toUnixTimestamp64Nano(Timestamp) % 60000000000 = 0 AS on_minute,
    ServiceName, SeverityText, MayRepeat, count(), sum(length(Body))
  GROUP BY minute, on_minute, ServiceName, SeverityText, MayRepeat);

ALTER TABLE otel_logs MATERIALIZE PROJECTION minutes;
