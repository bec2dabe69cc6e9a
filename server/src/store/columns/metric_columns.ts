import type { Counts, Interner } from '../../model/ingest.ts';
import type { Section } from '../../model/section.ts';
import { ExemplarColumns } from './exemplars.ts';
import { MetadataColumns } from './metadata.ts';
import { HistogramColumns } from './native_histograms.ts';
import { StartColumns } from './sample_starts.ts';
import { SampleColumns } from './samples.ts';

/** The rows one request of metrics becomes; every metrics decoder fills these. */
export interface MetricColumns {
  readonly samples: SampleColumns;
  readonly histograms: HistogramColumns;
  readonly exemplars: ExemplarColumns;
  /** Start timestamps: `note` beside each `append` of samples and histograms whose sender tells them. */
  readonly starts: StartColumns;
  readonly metadata: MetadataColumns;
}

const byInterner = new WeakMap<Interner, MetricColumns>();

/**
 * The columns of an interner, emptied. They are reused from request to request (memory, decimal places of each series,
 * metadata already written), so a decoder must be done with them before it returns.
 */
export function metricColumns(interner: Interner): MetricColumns {
  let columns = byInterner.get(interner);
  if (columns === undefined) {
    columns = {
      samples: new SampleColumns(interner),
      histograms: new HistogramColumns(interner),
      exemplars: new ExemplarColumns(interner),
      starts: new StartColumns(interner),
      metadata: new MetadataColumns(),
    };
    byInterner.set(interner, columns);
  }
  columns.samples.truncate(0);
  columns.histograms.truncate(0);
  columns.exemplars.truncate(0);
  columns.starts.clear();
  columns.metadata.clear();
  return columns;
}

/** Everything the columns hold, as sections and counts. */
export function metricSections(columns: MetricColumns, nowMs: number): { sections: Section[]; accepted: Counts } {
  const { samples, histograms, exemplars, starts, metadata } = columns;
  return {
    sections: [
      ...samples.sections(),
      ...histograms.sections(),
      ...exemplars.sections(),
      ...starts.sections(),
      ...metadata.sections(nowMs),
    ],
    accepted: { samples: samples.rows, histograms: histograms.rows, exemplars: exemplars.rows, logs: 0, spans: 0 },
  };
}
