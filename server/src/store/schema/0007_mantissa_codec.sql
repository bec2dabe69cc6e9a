-- Differences of mantissas are small: T64 leaves only the bits they need to ZSTD. Measured over 2.1 million samples: 0.97
-- bytes instead of 1.07, and less processor time to write (190 ms instead of 250) and to read (33 instead of 66). Parts
-- that are there stay as they are until they are merged.
ALTER TABLE samples MODIFY COLUMN mantissa CODEC(Delta(8), T64, ZSTD(1));
