import type { MetricColumns } from '../../store/index.ts';

/** Where the samples of scrapes go: the store's columns, or whatever takes what they take. */
export interface ScrapeColumns {
  readonly samples: Pick<MetricColumns['samples'], 'append' | 'appendRaw'>;
  readonly histograms: Pick<MetricColumns['histograms'], 'append'>;
  readonly exemplars: Pick<MetricColumns['exemplars'], 'append'>;
  readonly starts: Pick<MetricColumns['starts'], 'note' | 'used'>;
  readonly metadata: Pick<MetricColumns['metadata'], 'append'>;
}
