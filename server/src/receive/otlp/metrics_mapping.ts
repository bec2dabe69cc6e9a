import type { ProtobufReader } from '../../base/protobuf.ts';
import type { DecodeContext, Decoded } from '../../model/ingest.ts';
import { type LabelRefusal, labelRefusal } from '../../model/label_limits.ts';
import { type Labels, labelsFrom } from '../../model/labels.ts';
import { Rejections } from '../../model/rejections.ts';
import { AttributeSet, type MetricColumns, type MetricType, metricColumns, metricSections } from '../../store/index.ts';
import { type Ranges, readAttributeSet } from './common.ts';
import { boundText, unitName } from './metric_names.ts';
import {
  attributeLabels,
  type Pair,
  type ResourceIdentity,
  resourceIdentity,
  type ScopeIdentity,
  scopeLabels,
} from './resource_identity.ts';
import { attributePairs } from './resource_labels.ts';
import type { OtlpSettings } from './settings.ts';
import { TargetInfo } from './target_info.ts';
import { countElement, countRecord, newUsage, type Usage } from './usage.ts';

/** Keeps our keys apart from other doors' in the interner. */
const OTLP_VARIANT = -2;
/** Keys longer than this are not remembered; such series are found by their labels. */
const LONGEST_KEY = 65_536;
/** What a series of a point is, beside the point's own name. */
export type Part = '' | '_bucket' | '_sum' | '_count' | 'quantile';
const PART_CODES: Readonly<Record<Part, number>> = { '': 0, _bucket: 1, _sum: 2, _count: 3, quantile: 4 };

const SERIES_LIMIT: LabelRefusal = {
  reason: 'series_limit',
  message: 'the limit of active series is reached; known series are still taken',
};
const NO_RESOURCE: ResourceIdentity = { job: '', instance: '', promoted: [], targetInfo: null };

/** A metric as its series will know it. */
export interface MetricIdentity {
  /** Translated name of the family. */
  readonly name: string;
  readonly type: MetricType;
  /** As OTLP has it. */
  readonly unit: string;
  readonly description: string;
}

/**
 * Points of OTLP metrics to rows of series, as Prometheus' OTLP receiver maps them: `job` and `instance` from the service's
 * attributes, promoted attributes as labels, `target_info` for the others.
 * A series is found by bytes: settings, resource, scope, metric, the attributes' bytes, part. Labels are made once per series.
 */
export class PointWriter {
  readonly columns: MetricColumns;
  readonly usage: Usage;
  readonly settings: OtlpSettings;
  readonly #context: DecodeContext;
  readonly #reader: ProtobufReader;
  readonly #rejections = new Rejections();
  readonly #targetInfo: TargetInfo;
  #key: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(4096);
  readonly #settingsEnd: number;
  #resourceEnd = 0;
  #scopeEnd = 0;
  #metricEnd = 0;
  #pointEnd = 0;
  #resource = NO_RESOURCE;
  #scope: readonly Pair[] = [];
  #earliestMs = Number.POSITIVE_INFINITY;
  #latestMs = Number.NEGATIVE_INFINITY;
  #metric = '';
  #metricLabels: readonly Pair[] = [];
  #attributes: Ranges | null = null;
  #pointLabels: readonly Pair[] | null = null;
  #refusal: LabelRefusal | undefined;
  #marks = { samples: 0, histograms: 0, exemplars: 0, starts: 0 };

  constructor(reader: ProtobufReader, context: DecodeContext, settings: OtlpSettings) {
    this.#reader = reader;
    this.#context = context;
    this.settings = settings;
    this.columns = metricColumns(context.series);
    this.usage = newUsage(context);
    this.#targetInfo = new TargetInfo(context, this.columns, settings);
    // In full the settings would lengthen every key: each distinct one has a number instead.
    this.#settingsEnd = this.#writeText(String(settingsNumber(settings)), 0);
  }

  /** Begins a resource, whose attributes are given as text. */
  beginResource(pairs: readonly Pair[]): void {
    this.#resource = resourceIdentity(pairs, this.settings);
    const { job, instance, promoted } = this.#resource;
    this.#resourceEnd = this.#writeText(JSON.stringify([job, instance, promoted]), this.#settingsEnd);
    this.#scopeEnd = this.#resourceEnd;
    this.#scope = [];
    this.#earliestMs = Number.POSITIVE_INFINITY;
    this.#latestMs = Number.NEGATIVE_INFINITY;
  }

  /** Ends a resource: what it says of itself becomes `target_info` for as long as its points last. */
  endResource(): void {
    const refusal = this.#targetInfo.append(this.#resource, this.#earliestMs, this.#latestMs);
    if (refusal !== undefined) this.note(refusal, 'target_info');
  }

  /** Begins a scope whose metadata becomes labels. */
  beginScope(scope: ScopeIdentity): void {
    this.#scope = scopeLabels(scope, this.settings);
    this.#scopeEnd = this.#writeText(JSON.stringify(this.#scope), this.#resourceEnd);
  }

  beginMetric(metric: MetricIdentity): void {
    const { name, type, unit, description } = metric;
    this.#metric = name;
    this.#metricLabels = this.settings.typeAndUnitLabels ? typeAndUnit(metric, this.settings) : [];
    const key = this.settings.typeAndUnitLabels ? JSON.stringify([name, type, unit]) : name;
    this.#metricEnd = this.#writeText(key, this.#scopeEnd);
    this.columns.metadata.append({ metric: name, type, help: description, unit: unitName(unit) }, this.#context.nowMs);
  }

  /**
   * Begins a data point. Everything appended until {@link endPoint} is kept or dropped together.
   * @param attributes ranges of its KeyValue messages
   * @returns false when its time refuses it; it is counted then
   */
  beginPoint(timeMs: number, attributes: Ranges): boolean {
    countRecord(this.usage);
    const { limits, nowMs } = this.#context;
    if (timeMs < nowMs - limits.oldestSampleMs || timeMs > nowMs + limits.newestMs) {
      const old = timeMs < nowMs;
      this.#rejections.add(old ? 'too_old' : 'too_new', 1, () => {
        return `timestamp ${timeMs} ms of metric ${JSON.stringify(this.#metric)} is too ${old ? 'old' : 'far ahead'}`;
      });
      return false;
    }
    this.#attributes = attributes;
    this.#pointLabels = null;
    this.#refusal = undefined;
    this.#marks.samples = this.columns.samples.rows;
    this.#marks.histograms = this.columns.histograms.rows;
    this.#marks.exemplars = this.columns.exemplars.rows;
    this.#marks.starts = this.columns.starts.rows;
    this.#pointEnd = this.#writeAttributes(attributes);
    return true;
  }

  /** Ends a data point; refused as a whole when one of its series was. Returns whether it is kept. */
  endPoint(timeMs: number): boolean {
    if (this.#refusal === undefined) {
      if (timeMs > this.#latestMs) this.#latestMs = timeMs;
      if (timeMs < this.#earliestMs) this.#earliestMs = timeMs;
      return true;
    }
    const { samples, histograms, exemplars, starts } = this.columns;
    samples.truncate(this.#marks.samples);
    histograms.truncate(this.#marks.histograms);
    exemplars.truncate(this.#marks.exemplars);
    starts.truncate(this.#marks.starts);
    const { reason, message } = this.#refusal;
    this.#rejections.add(reason, 1, () => `metric ${JSON.stringify(this.#metric)}: ${message}`);
    return false;
  }

  /**
   * The series of a part of the current point, or -1 (the point is refused then).
   * @param bound bucket bound or quantile, for the parts that have one
   */
  series(part: Part, bound = 0): number {
    if (this.#refusal !== undefined) return -1;
    countElement(this.usage);
    const end = this.#pointEnd + 9;
    this.#reserve(end);
    this.#key[this.#pointEnd] = PART_CODES[part];
    this.#key.writeDoubleLE(bound, this.#pointEnd + 1);
    const known = this.#context.series.find(this.#key, 0, end, OTLP_VARIANT);
    return known >= 0 ? known : this.#learn(part, bound, end);
  }

  /** Notes the start timestamp of a sample or histogram just appended, 0 when there is none. */
  noteStart(reference: number, timeMs: number, startMs: number): void {
    const { starts } = this.columns;
    if (startMs !== 0 || starts.used) starts.note(reference, timeMs, startMs);
  }

  /** Refuses the current point. */
  refuse(refusal: LabelRefusal): void {
    this.#refusal ??= refusal;
  }

  /** Whether the current point is refused because the count of its series is already past it. */
  get refusedAsOlder(): boolean {
    return this.#refusal?.reason === 'out_of_order';
  }

  /** Refuses points that are not even begun. */
  refusePoints(refusal: LabelRefusal, count: number): void {
    this.#rejections.add(refusal.reason, count, () => refusal.message);
  }

  /** Tells the sender of something left out that is no data point. */
  note(refusal: LabelRefusal, what: string): void {
    this.#rejections.add(refusal.reason, 0, () => `${what}: ${refusal.message}`);
  }

  /** An exemplar's attributes, whose names stay as they are. */
  exemplarAttributes(attributes: Ranges): readonly Pair[] {
    return this.#readPairs(attributes);
  }

  /** Whether an exemplar's time is one we keep: quiet series keep theirs for days. */
  exemplarInTime(timeMs: number): boolean {
    const { limits, nowMs } = this.#context;
    return timeMs >= nowMs - limits.oldestLogMs && timeMs <= nowMs + limits.newestMs;
  }

  finish(): Decoded {
    const { sections, accepted } = metricSections(this.columns, this.#context.nowMs);
    return { sections, accepted, rejections: this.#rejections.list() };
  }

  #learn(part: Part, bound: number, end: number): number {
    if (this.#pointLabels === null) {
      const labels = attributeLabels(this.#readPairs(this.#attributes), this.settings);
      if (!Array.isArray(labels)) {
        this.#refusal = labels;
        return -1;
      }
      this.#pointLabels = labels;
    }
    const labels = this.#labels(this.#pointLabels, part, bound);
    this.#refusal = labelRefusal(labels, this.#context.limits);
    if (this.#refusal !== undefined) return -1;
    const { series } = this.#context;
    const reference = end > LONGEST_KEY ? series.intern(labels) : series.add(this.#key, 0, end, OTLP_VARIANT, labels);
    if (reference < 0) this.#refusal = SERIES_LIMIT;
    return reference;
  }

  /** Of a name given twice the last counts; a promoted attribute only counts where a point has none of its name. */
  #labels(attributes: readonly Pair[], part: Part, bound: number): Labels {
    const { job, instance, promoted } = this.#resource;
    const taken = new Set(attributes.flatMap(([name, value]) => (value === '' ? [] : [name])));
    const own: Pair[] = [['__name__', `${this.#metric}${part === 'quantile' ? '' : part}`]];
    if (part === '_bucket') own.push(['le', boundText(bound)]);
    if (part === 'quantile') own.push(['quantile', boundText(bound)]);
    return labelsFrom([
      ...attributes,
      ...promoted.filter(([name]) => !taken.has(name)),
      ...(job === '' ? [] : [['job', job] as const]),
      ...(instance === '' ? [] : [['instance', instance] as const]),
      ...this.#scope,
      ...this.#metricLabels,
      ...own,
    ]);
  }

  #readPairs(attributes: Ranges | null): Pair[] {
    if (attributes === null) return [];
    const set = new AttributeSet();
    const { position, end } = this.#reader;
    readAttributeSet(this.#reader, attributes, 0, set, this.usage);
    this.#reader.position = position;
    this.#reader.end = end;
    return attributePairs(set);
  }

  #writeText(text: string, at: number): number {
    this.#reserve(at + text.length * 3 + 1);
    const end = at + this.#key.write(text, at);
    this.#key[end] = 0;
    return end + 1;
  }

  #writeAttributes(attributes: Ranges): number {
    let at = this.#metricEnd;
    for (let i = 0; i < attributes.count; i++) {
      const start = attributes.start(i);
      const length = attributes.end(i) - start;
      this.#reserve(at + 4 + length);
      at = this.#key.writeUInt32LE(length, at);
      this.#key.set(this.#reader.bytes.subarray(start, start + length), at);
      at += length;
    }
    return at;
  }

  #reserve(size: number): void {
    if (size + 16 <= this.#key.length) return;
    const grown = Buffer.allocUnsafeSlow((size + 16) * 2);
    this.#key.copy(grown);
    this.#key = grown;
  }
}

/** Settings seen so far; they change when the configuration is read again. */
const settingsSeen = new Map<string, number>();

function settingsNumber(settings: OtlpSettings): number {
  const text = JSON.stringify(settings);
  const known = settingsSeen.get(text);
  if (known !== undefined) return known;
  settingsSeen.set(text, settingsSeen.size);
  return settingsSeen.size - 1;
}

function typeAndUnit({ type, unit }: MetricIdentity, settings: OtlpSettings): Pair[] {
  const word = unitName(unit, settings);
  const labels: Pair[] = type === 'unknown' ? [] : [['__type__', type]];
  if (word !== '') labels.push(['__unit__', word]);
  return labels;
}
