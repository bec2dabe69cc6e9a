import { type NativeHistogram, reducedHistogram } from '../../store/index.ts';
import { ScrapeLimitError } from './learn_series.ts';
import type { HistogramMeta } from './meta.ts';

const FINEST = 8;
const COARSEST = -4;
const CUSTOM = -53;

/** The finest schema whose buckets grow by at least this factor (scrape.go, pickSchema). */
function schemaOfFactor(factor: number): number {
  if (factor <= 1) return FINEST;
  const floor = Math.floor(-Math.log2(Math.log2(factor)));
  return Math.min(FINEST, Math.max(COARSEST, floor));
}

/**
 * The histogram within the limits of its job: coarser until its buckets grow fast enough and are few enough. Throws
 * ScrapeLimitError when it cannot be made coarse enough.
 */
export function limitedHistogram(
  histogram: NativeHistogram,
  { bucketLimit, minFactor }: HistogramMeta,
): NativeHistogram {
  let limited = histogram;
  const finest = schemaOfFactor(minFactor);
  if (limited.schema !== CUSTOM && limited.schema > finest)
    limited = reducedHistogram(limited, limited.schema - finest);
  while (bucketLimit > 0 && limited.positive.counts.length + limited.negative.counts.length > bucketLimit) {
    if (limited.schema <= COARSEST)
      throw new ScrapeLimitError(`histogram bucket limit exceeded (limit: ${bucketLimit})`);
    limited = reducedHistogram(limited, 1);
  }
  return limited;
}
