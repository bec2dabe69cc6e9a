-- Whether a line may be there already: it came no later than the newest of its stream. Lines of one stream that are not
-- marked are all different, so counting looks for repetitions only where there are marked ones.
ALTER TABLE otel_logs ADD COLUMN IF NOT EXISTS MayRepeat UInt8 DEFAULT 0 CODEC(ZSTD(1)) AFTER UserId;
