import type { DecodeLimits } from './ingest.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const MINUTE_MS = 60_000;

/** The defaults of docs/limits that a decoder enforces; each has a test that it is active. */
export const DEFAULT_DECODE_LIMITS: DecodeLimits = {
  decompressedBytes: 64 * MIB,
  compressionRatio: 200,
  jsonDepth: 64,
  protobufDepth: 32,
  elementsPerRequest: 1_000_000,
  recordsPerRequest: 100_000,
  labelsPerSeries: 64,
  labelNameBytes: 256,
  labelValueBytes: 4 * KIB,
  attributesPerRecord: 256,
  attributeValueBytes: 64 * KIB,
  logLineBytes: 256 * KIB,
  oldestLogMs: 7 * 24 * 60 * MINUTE_MS,
  oldestSampleMs: 120 * MINUTE_MS,
  newestMs: 10 * MINUTE_MS,
};
