import type { ProtobufReader } from '../../base/protobuf.ts';
import type { DecodeContext, Decoded } from '../../model/ingest.ts';
import { type LabelRefusal, labelRefusal } from '../../model/label_limits.ts';
import { type Labels, labelsFrom } from '../../model/labels.ts';
import { Rejections } from '../../model/rejections.ts';
import { AttributeSet, type MetricColumns, metricColumns, metricSections } from '../../store/index.ts';
import { countElement, countRecord, newUsage, type Ranges, readAttributeSet, type Usage } from './common.ts';
import { boundText, labelName } from './metric_names.ts';
import { attributePairs } from './resource_labels.ts';

/** Keeps our keys apart from other doors' in the interner. */
const OTLP_VARIANT = -2;
/** Keys longer than this are not remembered; such series are found by their labels. */
const LONGEST_KEY = 65_536;
/** What a series of a point is, beside the point's own name. */
export type Part = '' | '_bucket' | '_sum' | '_count' | 'quantile';
const PART_CODES: Readonly<Record<Part, number>> = { '': 0, _bucket: 1, _sum: 2, _count: 3, quantile: 4 };

const IDENTIFYING: ReadonlySet<string> = new Set(['service.name', 'service.namespace', 'service.instance.id']);
const SERIES_LIMIT: LabelRefusal = {
  reason: 'series_limit',
  message: 'the limit of active series is reached; known series are still taken',
};

type Pair = readonly [name: string, value: string];

/**
 * Points of OTLP metrics to rows of series, as Prometheus' OTLP receiver maps them: `job` and `instance` from the service's
 * attributes, `target_info` for the others, and `service_name` on every series.
 * A series is found by bytes: resource identity, metric name, the attributes' bytes, part. Labels are made once per series.
 */
export class PointWriter {
  readonly columns: MetricColumns;
  readonly usage: Usage;
  readonly #context: DecodeContext;
  readonly #reader: ProtobufReader;
  readonly #rejections = new Rejections();
  #key: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(4096);
  #resourceEnd = 0;
  #metricEnd = 0;
  #pointEnd = 0;
  #identity: readonly Pair[] = [];
  #resourcePairs: readonly Pair[] = [];
  #newestMs = 0;
  #metric = '';
  #attributes: Ranges | null = null;
  #pointLabels: readonly Pair[] | null = null;
  #refusal: LabelRefusal | undefined;
  #marks = { samples: 0, histograms: 0, exemplars: 0 };

  constructor(reader: ProtobufReader, context: DecodeContext) {
    this.#reader = reader;
    this.#context = context;
    this.columns = metricColumns(context.series);
    this.usage = newUsage(context);
  }

  /** Begins a resource, whose attributes are given as text. */
  beginResource(pairs: readonly Pair[]): void {
    const find = (key: string): string => pairs.find(([name]) => name === key)?.[1] ?? '';
    const service = find('service.name');
    const namespace = find('service.namespace');
    this.#resourcePairs = pairs;
    this.#identity = [
      ['job', service !== '' && namespace !== '' ? `${namespace}/${service}` : service],
      ['instance', find('service.instance.id')],
      ['service_name', service],
    ];
    this.#resourceEnd = this.#writeText(JSON.stringify(this.#identity), 0);
    this.#newestMs = 0;
  }

  /** Ends a resource: what else it says of itself becomes `target_info`, at the time of its newest point. */
  endResource(): void {
    const rest = this.#resourcePairs.filter(([name]) => !IDENTIFYING.has(name));
    const [job, instance] = this.#identity;
    if (rest.length === 0 || this.#newestMs === 0 || (job?.[1] === '' && instance?.[1] === '')) return;
    const labels = this.#labels(joined(rest), [['__name__', 'target_info']]);
    const refusal = labelRefusal(labels, this.#context.limits);
    const reference = refusal === undefined ? this.#context.series.intern(labels) : -1;
    if (reference >= 0) this.columns.samples.append(reference, this.#newestMs, 1);
    else this.note(refusal ?? SERIES_LIMIT, 'target_info');
  }

  beginMetric(name: string): void {
    this.#metric = name;
    this.#metricEnd = this.#writeText(name, this.#resourceEnd);
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
    this.#pointEnd = this.#writeAttributes(attributes);
    return true;
  }

  /** Ends a data point; refused as a whole when one of its series was. */
  endPoint(timeMs: number): void {
    if (this.#refusal === undefined) {
      if (timeMs > this.#newestMs) this.#newestMs = timeMs;
      return;
    }
    const { samples, histograms, exemplars } = this.columns;
    samples.truncate(this.#marks.samples);
    histograms.truncate(this.#marks.histograms);
    exemplars.truncate(this.#marks.exemplars);
    const { reason, message } = this.#refusal;
    this.#rejections.add(reason, 1, () => `metric ${JSON.stringify(this.#metric)}: ${message}`);
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

  /** Refuses the current point. */
  refuse(refusal: LabelRefusal): void {
    this.#refusal ??= refusal;
  }

  /** Refuses points that are not even begun. */
  refusePoints(refusal: LabelRefusal, count: number): void {
    this.#rejections.add(refusal.reason, count, () => refusal.message);
  }

  /** Tells the sender of something left out that is no data point. */
  note(refusal: LabelRefusal, what: string): void {
    this.#rejections.add(refusal.reason, 0, () => `${what}: ${refusal.message}`);
  }

  /** An exemplar's attributes as labels. */
  exemplarLabels(attributes: Ranges): Pair[] {
    return joined(this.#readPairs(attributes));
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
    this.#pointLabels ??= joined(this.#readPairs(this.#attributes));
    const suffix = part === 'quantile' ? '' : part;
    const own: Pair[] = [['__name__', `${this.#metric}${suffix}`]];
    if (part === '_bucket') own.push(['le', boundText(bound)]);
    if (part === 'quantile') own.push(['quantile', boundText(bound)]);
    const labels = this.#labels(this.#pointLabels, own);
    this.#refusal = labelRefusal(labels, this.#context.limits);
    if (this.#refusal !== undefined) return -1;
    const { series } = this.#context;
    const reference = end > LONGEST_KEY ? series.intern(labels) : series.add(this.#key, 0, end, OTLP_VARIANT, labels);
    if (reference < 0) this.#refusal = SERIES_LIMIT;
    return reference;
  }

  /** Of a name given twice the last counts: attributes, then `service_name` if free, then job and instance, then ours. */
  #labels(attributes: readonly Pair[], own: readonly Pair[]): Labels {
    const [job, instance, service] = this.#identity;
    const identity = [job, instance].filter((pair) => pair !== undefined && pair[1] !== '') as Pair[];
    return labelsFrom([...(service === undefined ? [] : [service]), ...attributes, ...identity, ...own]);
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

/** Attributes as labels; where names become the same, values are joined in the order of the keys, as Prometheus does. */
function joined(pairs: readonly Pair[]): Pair[] {
  const labels = new Map<string, string>();
  for (const [key, value] of [...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (key === '') continue;
    const name = labelName(key);
    const before = labels.get(name);
    labels.set(name, before === undefined ? value : `${before};${value}`);
  }
  return [...labels];
}
