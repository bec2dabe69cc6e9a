import type { DecodeContext } from '../../model/ingest.ts';
import { type LabelRefusal, labelRefusal } from '../../model/label_limits.ts';
import { labelsFrom } from '../../model/labels.ts';
import type { MetricColumns } from '../../store/index.ts';
import { attributeLabels, type ResourceIdentity } from './resource_identity.ts';
import type { OtlpSettings } from './settings.ts';

/** Half of PromQL's lookback: as often as this `target_info` is repeated between a resource's first and last point. */
const INTERVAL_MS = 150_000;
const SERIES_LIMIT: LabelRefusal = {
  reason: 'series_limit',
  message: 'the limit of active series is reached; known series are still taken',
};

/** Writes `target_info` of the resources of one request, every sample once (otlptranslator, addResourceTargetInfo). */
export class TargetInfo {
  readonly #context: DecodeContext;
  readonly #columns: MetricColumns;
  readonly #settings: OtlpSettings;
  readonly #written = new Map<number, Set<number>>();

  constructor(context: DecodeContext, columns: MetricColumns, settings: OtlpSettings) {
    this.#context = context;
    this.#columns = columns;
    this.#settings = settings;
  }

  /**
   * Appends the samples of a resource whose points lie between two times, ms since the epoch.
   * @returns why it could not be written, when it could not
   */
  append(resource: ResourceIdentity, earliestMs: number, latestMs: number): LabelRefusal | undefined {
    if (resource.targetInfo === null || latestMs < earliestMs) return undefined;
    const attributes = attributeLabels(resource.targetInfo, this.#settings);
    if (!Array.isArray(attributes)) return attributes;
    const { job, instance } = resource;
    const identity = Object.entries({ job, instance }).filter(([, value]) => value !== '');
    const labels = labelsFrom([...attributes, ...identity, ['__name__', 'target_info']]);
    const refusal = labelRefusal(labels, this.#context.limits);
    if (refusal !== undefined) return refusal;
    const reference = this.#context.series.intern(labels);
    if (reference < 0) return SERIES_LIMIT;
    this.#columns.metadata.append(
      { metric: 'target_info', type: 'gauge', help: 'Target metadata', unit: '' },
      this.#context.nowMs,
    );
    for (let timeMs = earliestMs; timeMs < latestMs; timeMs += INTERVAL_MS) this.#sample(reference, timeMs);
    this.#sample(reference, latestMs);
    return undefined;
  }

  #sample(reference: number, timeMs: number): void {
    let times = this.#written.get(reference);
    if (times === undefined) {
      times = new Set();
      this.#written.set(reference, times);
    }
    if (times.has(timeMs)) return;
    times.add(timeMs);
    this.#columns.samples.append(reference, timeMs, 1);
  }
}
