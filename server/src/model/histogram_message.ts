import type { ProtobufWriter } from '../base/protobuf_writer.ts';
import type { FloatHistogram } from './histogram.ts';
import { type BucketSpan, spansOf } from './histogram_spans.ts';

/**
 * Writes a histogram as field `histograms` of a TimeSeries message (prometheus/prompb/types.proto): counts are kept as
 * floats, whatever they came as.
 */
export function putHistogram(out: ProtobufWriter, timeMs: number, histogram: FloatHistogram): void {
  const start = out.open(4);
  out.double(2, histogram.count);
  out.double(3, histogram.sum);
  out.sint32(4, histogram.schema);
  out.double(5, histogram.zeroThreshold);
  out.double(7, histogram.zeroCount);
  putBuckets(out, 8, spansOf(histogram.negative), 10, histogram.negative.counts);
  putBuckets(out, 11, spansOf(histogram.positive), 13, histogram.positive.counts);
  out.uint32(14, histogram.hint);
  out.int64(15, BigInt(timeMs));
  for (const bound of histogram.customValues) out.double(16, bound);
  out.close(start);
}

function putBuckets(
  out: ProtobufWriter,
  spanField: number,
  spans: readonly BucketSpan[],
  countField: number,
  counts: Float64Array,
): void {
  for (const { offset, length } of spans) {
    const span = out.open(spanField);
    out.sint32(1, offset);
    out.uint32(2, length);
    out.close(span);
  }
  for (const count of counts) out.double(countField, count);
}
