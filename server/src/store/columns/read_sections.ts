import type { Section } from '../../model/section.ts';
import type { Block } from '../native/columns.ts';
import { createBlockDecoder } from '../native/decode.ts';
import { batchIdTail } from '../native/encode.ts';
import { NativeFormatError } from '../native/type.ts';
import { type LogRows, logRows } from '../reads/logs.ts';
import { type HistogramRows, histogramRows } from '../reads/native_histograms.ts';
import { type SampleRows, sampleRows } from '../reads/samples.ts';
import { labelRows, type SeriesRows } from '../reads/series.ts';

/** A section's columns, `batch_id` (zeros) last. Throws NativeFormatError. */
function sectionBlock({ block, rows }: Pick<Section, 'block' | 'rows'>): Block {
  const decoder = createBlockDecoder();
  const early = decoder.push(block);
  const [decoded, ...more] = decoder.push(batchIdTail(rows, 0n));
  if (early.length > 0 || decoded === undefined || more.length > 0 || !decoder.atBoundary)
    throw new NativeFormatError('a section is one block');
  return decoded;
}

/** The samples of a section of `samples`, in the order they came. Throws NativeFormatError. */
export const readSampleSection = (section: Section): SampleRows => sampleRows(sectionBlock(section));

/** The label sets of a section of `series` or `log_streams`. Throws NativeFormatError. */
export function readSeriesSection(section: Section): SeriesRows {
  const { rows, columns } = sectionBlock(section);
  const [day, ids, , sets, created] = columns;
  return labelRows(rows, { ids, sets, first: day, last: day, created });
}

/** The histograms of a section of `native_histograms`, in the order they came. Throws NativeFormatError. */
export const readHistogramSection = (section: Section): HistogramRows => histogramRows(sectionBlock(section));

/** The records of a section of `otel_logs`, in the order they came. Throws NativeFormatError, StoreError. */
export const readLogSection = (section: Section): LogRows => logRows(sectionBlock(section), true);
