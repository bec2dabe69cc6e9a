import { DecompressError, decompressAside } from '../base/decompress.ts';
import { snappyCompress } from '../base/snappy.ts';
import type { MetricsRegistry } from '../base/telemetry/metrics.ts';
import { DEFAULT_DECODE_LIMITS } from '../model/decode_limits.ts';
import {
  type Counts,
  DecodeError,
  type Interner,
  type Outcome,
  type Submission,
  type Submit,
} from '../model/ingest.ts';
import { type Labels, labelsFrom, labelsToRecord } from '../model/labels.ts';
import { createMapInterner } from '../model/map_interner.ts';
import { createScrapeReader } from '../receive/scrape/index.ts';
import { type DeliveryQueue, isDiskFull } from './delivery_queue.ts';
import { SampleRequest } from './sample_request.ts';

export interface SampleSpoolOptions {
  readonly queue: DeliveryQueue;
  /** Labels every series gets unless it has one of the name. */
  readonly externalLabels: () => Readonly<Record<string, string>>;
  readonly metrics: MetricsRegistry;
  readonly now: () => number;
}

/** Series remembered; beyond it everything is forgotten and learnt again. */
const MAX_SERIES = 500_000;
const NO_HEADER = new Uint8Array(0);

/** What a scrape's pipeline is for the agent: samples go into the queue, and the oldest give way when it is full. */
export function sampleSpool({ queue, externalLabels, metrics, now }: SampleSpoolOptions): Submit {
  const read = createScrapeReader();
  const samples = metrics.counter('trilith_agent_samples_total', 'Samples put into the queue.');
  const dropped = metrics.counter(
    'trilith_agent_dropped_requests_total',
    'Requests of samples that gave way to newer ones.',
  );
  let interner = createMapInterner(MAX_SERIES);
  let labelled = new Map<number, Labels>();
  let external = externalLabels();

  /** A series' labels with the external ones. */
  const labelsOf = (series: Interner, reference: number): Labels => {
    let labels = labelled.get(reference);
    if (labels === undefined) {
      labels = labelsFrom(Object.entries({ ...external, ...labelsToRecord(series.labels(reference)) }));
      labelled.set(reference, labels);
    }
    return labels;
  };

  const forgetIfNeeded = (): void => {
    const current = externalLabels();
    if (labelled.size < MAX_SERIES - 1 && current === external) return;
    if (current === external) interner = createMapInterner(MAX_SERIES);
    external = current;
    labelled = new Map();
  };

  const keep = async (request: SampleRequest): Promise<void> => {
    while (queue.full) {
      const oldest = queue.first();
      if (oldest === undefined) break;
      await queue.delivered(oldest);
      dropped.inc();
    }
    await queue.push({ header: NO_HEADER, body: snappyCompress(request.finish()) });
    samples.inc(request.count);
  };

  const accept = async ({ encoding, body, meta }: Submission): Promise<Outcome> => {
    const { decompressedBytes: maxBytes, compressionRatio: maxRatio } = DEFAULT_DECODE_LIMITS;
    const plain = await decompressAside(encoding, body, { maxBytes, maxRatio });
    forgetIfNeeded();
    const series = interner;
    const request = new SampleRequest((reference) => labelsOf(series, reference));
    const context = { nowMs: now(), limits: DEFAULT_DECODE_LIMITS, series, streams: series, storedUntilMs: 0 };
    const { report, rejections } = read(plain, context, meta, request);
    if (request.count > 0) await keep(request);
    const accepted: Counts = { samples: request.count, histograms: 0, exemplars: 0, logs: 0, spans: 0 };
    return { kind: 'stored', accepted, rejections, report };
  };

  return async (submission) => {
    try {
      return await accept(submission);
    } catch (error) {
      if (error instanceof DecompressError || error instanceof DecodeError)
        return { kind: error.kind, message: error.message };
      if (isDiskFull(error)) return { kind: 'unavailable', message: 'the disk takes no more', retryAfterSeconds: 1 };
      throw error;
    }
  };
}
