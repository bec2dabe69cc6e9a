-- T64 by bits instead of bytes: 6.44 MB instead of 7.42 for 7.7 million samples of a monitored fleet, so 0.96 bytes a sample
-- with all other columns instead of 1.08. Reading takes 16 ns of one core a sample instead of 9, writing 3 % longer.
ALTER TABLE samples MODIFY COLUMN mantissa CODEC(Delta(8), T64('bit'), ZSTD(1));
