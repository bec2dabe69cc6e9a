import { ProtobufWriter } from '../../base/protobuf_writer.ts';
import { CUSTOM_SCHEMA, type FloatHistogram } from '../../model/histogram.ts';
import { spansOf } from '../../model/histogram_spans.ts';
import type { Labels } from '../../model/labels.ts';
import { classicBuckets, type Family, type LastSample } from './families.ts';

/** MetricType of io.prometheus.client (client_model/metrics.proto). */
const TYPES = { untyped: 3, histogram: 4, gauge_histogram: 5 } as const;

/** Delimited `io.prometheus.client.MetricFamily` messages. */
export function encodeFamilies(families: readonly Family[], name: (text: string) => string): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const family of families) {
    const out = new ProtobufWriter();
    out.text(1, name(family.name));
    out.uint32(3, TYPES[family.type]);
    for (const sample of family.samples) {
      const metric = out.open(4);
      putSample(out, sample, name);
      out.close(metric);
    }
    const message = out.finish();
    pieces.push(delimiter(message.length), message);
  }
  return Buffer.concat(pieces);
}

function delimiter(length: number): Uint8Array {
  const bytes: number[] = [];
  let rest = length;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Uint8Array.from([...bytes, rest]);
}

function putSample(out: ProtobufWriter, sample: LastSample, name: (text: string) => string): void {
  putLabels(out, sample.labels, name);
  if (sample.histogram === undefined) {
    const untyped = out.open(5);
    out.double(1, sample.value);
    out.close(untyped);
  } else {
    const histogram = out.open(7);
    if (sample.histogram.schema === CUSTOM_SCHEMA) putClassic(out, sample.histogram);
    else putNative(out, sample.histogram);
    out.close(histogram);
  }
  out.int64(6, BigInt(sample.timeMs));
}

function putLabels(out: ProtobufWriter, labels: Labels, name: (text: string) => string): void {
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] === '__name__') continue;
    const pair = out.open(1);
    out.text(1, name(labels[i] as string));
    out.text(2, labels[i + 1] as string);
    out.close(pair);
  }
}

function putClassic(out: ProtobufWriter, histogram: FloatHistogram): void {
  out.double(2, histogram.sum);
  out.double(4, histogram.count);
  for (const [bound, count] of classicBuckets(histogram)) {
    const bucket = out.open(3);
    out.double(2, bound);
    out.double(4, count);
    out.close(bucket);
  }
}

const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;

function putNative(out: ProtobufWriter, histogram: FloatHistogram): void {
  out.double(2, histogram.sum);
  out.double(4, histogram.count);
  out.uint32(5, zigzag(histogram.schema));
  out.double(6, histogram.zeroThreshold);
  out.double(8, histogram.zeroCount);
  for (const [spanField, countField, buckets] of [
    [9, 11, histogram.negative],
    [12, 14, histogram.positive],
  ] as const) {
    for (const { offset, length } of spansOf(buckets)) {
      const span = out.open(spanField);
      out.uint32(1, zigzag(offset));
      out.uint32(2, length);
      out.close(span);
    }
    for (const count of buckets.counts) out.double(countField, count);
  }
}
