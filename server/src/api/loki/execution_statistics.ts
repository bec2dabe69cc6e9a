/** What is known of how a query was executed. */
export interface Execution {
  readonly seconds: number;
  readonly lines: number;
  /** UTF-16 length of the lines read, near their bytes. */
  readonly bytes: number;
  readonly entries: number;
}

const CHUNK = {
  headChunkBytes: 0,
  headChunkLines: 0,
  decompressedBytes: 0,
  decompressedLines: 0,
  compressedBytes: 0,
  totalDuplicates: 0,
  postFilterLines: 0,
  headChunkStructuredMetadataBytes: 0,
  decompressedStructuredMetadataBytes: 0,
};
const STORE = {
  totalChunksRef: 0,
  totalChunksDownloaded: 0,
  chunksDownloadTime: 0,
  queryReferencedStructuredMetadata: false,
  chunkRefsFetchTime: 0,
  congestionControlLatency: 0,
  pipelineWrapperFilteredLines: 0,
};
const CACHE = {
  entriesFound: 0,
  entriesRequested: 0,
  entriesStored: 0,
  bytesReceived: 0,
  bytesSent: 0,
  requests: 0,
  downloadTime: 0,
  queryLengthServed: 0,
};
const CACHES = [
  'chunk',
  'index',
  'result',
  'statsResult',
  'volumeResult',
  'seriesResult',
  'labelResult',
  'instantMetricResult',
];

/** The `stats` of an answer in Loki's shape (pkg/logqlmodel/stats); of what we do not have (chunks, caches) there is none. */
export function executionStatistics({ seconds, lines, bytes, entries }: Execution): Record<string, unknown> {
  const perSecond = (amount: number): number => (seconds > 0 ? Math.round(amount / seconds) : 0);
  return {
    summary: {
      bytesProcessedPerSecond: perSecond(bytes),
      linesProcessedPerSecond: perSecond(lines),
      totalBytesProcessed: bytes,
      totalLinesProcessed: lines,
      execTime: seconds,
      queueTime: 0,
      subqueries: 0,
      totalEntriesReturned: entries,
      splits: 0,
      shards: 0,
      totalPostFilterLines: entries,
      totalStructuredMetadataBytesProcessed: 0,
    },
    querier: {
      store: {
        ...STORE,
        chunk: { ...CHUNK, decompressedBytes: bytes, decompressedLines: lines, postFilterLines: entries },
      },
    },
    ingester: {
      totalReached: 0,
      totalChunksMatched: 0,
      totalBatches: 0,
      totalLinesSent: 0,
      store: { ...STORE, chunk: CHUNK },
    },
    cache: Object.fromEntries(CACHES.map((name) => [name, CACHE])),
    index: { totalChunks: 0, postFilterChunks: 0, shardsDuration: 0, usedBloomFilters: false },
  };
}
