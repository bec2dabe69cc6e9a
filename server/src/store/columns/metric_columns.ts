import type { Counts, Interner } from '../../model/ingest.ts';
import type { Section } from '../../model/section.ts';
import { ExemplarColumns } from './exemplars.ts';
import { MetadataColumns } from './metadata.ts';
import { HistogramColumns } from './native_histograms.ts';
import { SampleColumns } from './samples.ts';

/** The rows one request of metrics becomes; every metrics decoder fills these. */
export interface MetricColumns {
  readonly samples: SampleColumns;
  readonly histograms: HistogramColumns;
  readonly exemplars: ExemplarColumns;
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
      metadata: new MetadataColumns(),
    };
    byInterner.set(interner, columns);
  }
  columns.samples.truncate(0);
  columns.histograms.truncate(0);
  columns.exemplars.truncate(0);
  columns.metadata.clear();
  return columns;
}

/** Everything the columns hold, as sections and counts. */
export function metricSections(columns: MetricColumns, nowMs: number): { sections: Section[]; accepted: Counts } {
  const { samples, histograms, exemplars, metadata } = columns;
  return {
    sections: [...samples.sections(), ...histograms.sections(), ...exemplars.sections(), ...metadata.sections(nowMs)],
    accepted: { samples: samples.rows, histograms: histograms.rows, exemplars: exemplars.rows, logs: 0, spans: 0 },
  };
}
