import { snappyCompress } from '../../../server/src/base/snappy.ts';
import { field, varintSize, WireBuffer } from './wire.ts';

export interface ManySeriesOptions {
  /** Series [first, first + count). */
  readonly first: number;
  readonly count: number;
  readonly timeMs: number;
  readonly samplesPerRequest: number;
}

/** Series of one metric name: what a service with a few hundred pods makes of one counter. */
const SERIES_PER_METRIC = 1_000;

export function metricOf(series: number): string {
  return `many_${Math.floor(series / SERIES_PER_METRIC)}_total`;
}

/** Remote-write requests with one sample of each series. */
export function* manySeries(
  options: ManySeriesOptions,
): Generator<{ readonly body: Uint8Array<ArrayBuffer>; readonly samples: number }> {
  const { first, count, timeMs, samplesPerRequest } = options;
  const wire = new WireBuffer(samplesPerRequest * 512);
  let pending = 0;
  for (let i = first; i < first + count; i++) {
    const labels = labelsOf(i);
    const sampleBytes = 10 + varintSize(timeMs);
    wire.byte(0x0a);
    wire.varint(labels.length + 2 + sampleBytes);
    wire.raw(labels);
    wire.byte(0x12);
    wire.byte(sampleBytes);
    wire.byte(0x09);
    wire.double(i + (Math.floor(timeMs / 1000) % 100_000));
    wire.byte(0x10);
    wire.varint(timeMs);
    if (++pending < samplesPerRequest && i + 1 < first + count) continue;
    yield { body: snappyCompress(wire.view()), samples: pending };
    wire.length = 0;
    pending = 0;
  }
}

function labelsOf(series: number): Buffer {
  const pod = series % SERIES_PER_METRIC;
  const pairs = [
    ['__name__', metricOf(series)],
    ['instance', `10.${(pod >> 6) & 255}.${pod & 63}.1:8080`],
    ['job', `job-${series % 50}`],
    ['namespace', 'prod'],
    ['pod', `service-${series % 50}-6d5f8b7c9d-${pod.toString(36).padStart(5, '0')}`],
  ] as const;
  return Buffer.concat(pairs.map(([name, value]) => field(1, Buffer.concat([field(1, name), field(2, value)]))));
}
