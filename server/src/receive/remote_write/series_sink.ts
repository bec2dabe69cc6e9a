import { WIRE_BYTES } from '../../base/protobuf.ts';
import { type DecodeContext, type Decoded, DecodeError, type RejectReason } from '../../model/ingest.ts';
import { LABEL_BYTES_VARIANT } from '../../model/label_bytes.ts';
import { type LabelRefusal, labelRefusal, seriesText } from '../../model/label_limits.ts';
import type { Labels } from '../../model/labels.ts';
import { Rejections } from '../../model/rejections.ts';
import { type MetricColumns, metricColumns, metricSections, type NativeHistogram } from '../../store/index.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const SERIES_LIMIT: LabelRefusal = {
  reason: 'series_limit',
  message: 'the limit of active series is reached; known series are still taken',
};

/**
 * What a remote write request becomes: rows of accepted series, counts of refused ones. Both versions of the protocol fill it;
 * `begin` chooses the series the next samples belong to.
 */
export class SeriesSink {
  readonly columns: MetricColumns;
  readonly #context: DecodeContext;
  readonly #rejections = new Rejections();
  readonly #oldest: number;
  readonly #oldestExemplar: number;
  readonly #newest: number;
  #records = 0;
  #elements = 0;
  /** The series being read: its reference, or -1 and the reason it is refused. */
  #reference = -1;
  #refusal: LabelRefusal | undefined;

  constructor(context: DecodeContext) {
    const { limits, nowMs } = context;
    this.#context = context;
    this.columns = metricColumns(context.series);
    this.#oldest = nowMs - limits.oldestSampleMs;
    // A quiet bucket keeps its exemplar for days; it is no sample, and no order depends on it.
    this.#oldestExemplar = nowMs - limits.oldestLogMs;
    this.#newest = nowMs + limits.newestMs;
  }

  /**
   * Chooses the series whose label bytes lie at [start, end). Known bytes cost one look-up; new ones are read and checked.
   * @throws DecodeError when the request holds too many elements
   */
  begin(bytes: Uint8Array, start: number, end: number): void {
    this.#count(1);
    this.#refusal = undefined;
    this.#reference = this.#context.series.find(bytes, start, end, LABEL_BYTES_VARIANT);
    if (this.#reference < 0) this.#learn(bytes, start, end);
  }

  /** Chooses a series that is refused whatever it holds. */
  beginRefused(refusal: LabelRefusal): void {
    this.#count(1);
    this.#reference = -1;
    this.#refusal = refusal;
  }

  /** @param startMs the start timestamp, 0 when there is none */
  sample(timeMs: number, value: number, startMs: number): void {
    this.#countRecord();
    if (this.#reference < 0) this.#refuse(1);
    else if (timeMs < this.#oldest || timeMs > this.#newest) this.#refuseTime(timeMs, this.#oldest);
    else {
      this.columns.samples.append(this.#reference, timeMs, value);
      const { starts } = this.columns;
      if (startMs !== 0 || starts.used) starts.note(this.#reference, timeMs, startMs);
    }
  }

  /** A sample whose value is NaN, as the words of its bits. */
  sampleRaw(timeMs: number, low: number, high: number): void {
    this.#countRecord();
    if (this.#reference < 0) this.#refuse(1);
    else if (timeMs < this.#oldest || timeMs > this.#newest) this.#refuseTime(timeMs, this.#oldest);
    else this.columns.samples.appendRaw(this.#reference, timeMs, low, high);
  }

  /**
   * @param histogram the histogram, or why it is not valid
   * @param startMs its start timestamp, 0 when there is none
   */
  histogram(timeMs: number, histogram: NativeHistogram | string, startMs: number): void {
    this.#countRecord();
    if (this.#reference < 0) this.#refuse(1);
    else if (timeMs < this.#oldest || timeMs > this.#newest) this.#refuseTime(timeMs, this.#oldest);
    else if (typeof histogram === 'string') this.#reject('invalid_record', () => `${histogram} in ${this.#shown()}`);
    else {
      this.#count(histogram.positive.counts.length + histogram.negative.counts.length + histogram.customValues.length);
      this.columns.histograms.append(this.#reference, timeMs, histogram);
      this.columns.starts.note(this.#reference, timeMs, startMs);
    }
  }

  exemplar(timeMs: number, value: number, labels: Labels): void {
    this.#countRecord();
    this.#count(labels.length);
    if (this.#reference < 0) this.#refuse(1);
    else if (timeMs < this.#oldestExemplar || timeMs > this.#newest) this.#refuseTime(timeMs, this.#oldestExemplar);
    else if (labels.length / 2 > this.#context.limits.labelsPerSeries) {
      this.#reject('label_count', () => `exemplar with ${labels.length / 2} labels in ${this.#shown()}`);
    } else this.columns.exemplars.append(this.#reference, timeMs, value, labels);
  }

  /** Notes that a record of the current series cannot be read, without harm to the others. */
  invalidRecord(message: string): void {
    this.#countRecord();
    this.#reject('invalid_record', () => message);
  }

  /** Metadata has no time and no series; it counts as a record. */
  countMetadata(): void {
    this.#countRecord();
  }

  finish(): Decoded {
    const { sections, accepted } = metricSections(this.columns, this.#context.nowMs);
    return { sections, accepted, rejections: this.#rejections.list() };
  }

  #learn(bytes: Uint8Array, start: number, end: number): void {
    const labels = readLabels(bytes, start, end);
    if (typeof labels === 'string') {
      this.#refusal = { reason: 'invalid_labels', message: labels };
      return;
    }
    this.#count(labels.length);
    this.#refusal = labelRefusal(labels, this.#context.limits);
    if (this.#refusal !== undefined) return;
    this.#reference = this.#context.series.add(bytes, start, end, LABEL_BYTES_VARIANT, withoutEmpty(labels));
    if (this.#reference < 0) this.#refusal = SERIES_LIMIT;
  }

  #refuse(count: number): void {
    const refusal = this.#refusal ?? SERIES_LIMIT;
    this.#rejections.add(refusal.reason, count, () => refusal.message);
  }

  #refuseTime(timeMs: number, oldest: number): void {
    const old = timeMs < oldest;
    this.#reject(old ? 'too_old' : 'too_new', () => {
      const bound = old ? `before ${new Date(oldest).toISOString()}` : `after ${new Date(this.#newest).toISOString()}`;
      return `timestamp ${timeMs} ms of ${this.#shown()} lies ${bound}`;
    });
  }

  #reject(reason: RejectReason, message: () => string): void {
    this.#rejections.add(reason, 1, message);
  }

  #shown(): string {
    return this.#reference < 0 ? 'a refused series' : seriesText(this.#context.series.labels(this.#reference));
  }

  #countRecord(): void {
    if (++this.#records > this.#context.limits.recordsPerRequest) {
      const limit = this.#context.limits.recordsPerRequest;
      throw new DecodeError(
        'too-large',
        `more than ${limit} samples, histograms, exemplars and metadata in one request`,
      );
    }
  }

  #count(elements: number): void {
    this.#elements += elements;
    if (this.#elements > this.#context.limits.elementsPerRequest) {
      const limit = this.#context.limits.elementsPerRequest;
      throw new DecodeError('too-large', `more than ${limit} elements in one request`);
    }
  }
}

/**
 * Reads label bytes (`model/label_bytes`, however written) into name, value … sorted by name: senders must sort, but those
 * that do not are understood as Prometheus understands them. Names may repeat in the result.
 * @returns the flat list, or why it cannot be read
 */
export function readLabels(bytes: Uint8Array, start: number, end: number): string[] | string {
  const pairs: [string, string][] = [];
  let sorted = true;
  let at = start;
  try {
    while (at < end) {
      const from = lengthBehind(bytes, at + 1, end);
      at = from.end;
      const pair = readLabel(bytes, from.start, from.end);
      sorted &&= pairs.length === 0 || (pairs.at(-1)?.[0] ?? '') <= pair[0];
      pairs.push(pair);
    }
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return 'label that is not valid UTF-8 protobuf';
    throw error;
  }
  if (!sorted) pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return pairs.flat();
}

/** One Label message; unknown fields are skipped, of a repeated field the last counts. */
function readLabel(bytes: Uint8Array, start: number, end: number): [string, string] {
  let name = '';
  let value = '';
  let at = start;
  while (at < end) {
    const tag = bytes[at] as number;
    if ((tag & 7) !== WIRE_BYTES || tag >= 0x80) throw new RangeError('unknown field in a label');
    const field = lengthBehind(bytes, at + 1, end);
    if (tag === 0x0a) name = strictUtf8.decode(bytes.subarray(field.start, field.end));
    else if (tag === 0x12) value = strictUtf8.decode(bytes.subarray(field.start, field.end));
    at = field.end;
  }
  return [name, value];
}

function lengthBehind(bytes: Uint8Array, start: number, end: number): { start: number; end: number } {
  let length = 0;
  let at = start;
  for (let shift = 0; ; shift += 7) {
    if (at >= end || shift > 28) throw new RangeError('truncated length');
    const byte = bytes[at++] as number;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (length > end - at) throw new RangeError('length passes the end');
  return { start: at, end: at + length };
}

/** An empty value is the same as no label. */
function withoutEmpty(labels: readonly string[]): Labels {
  const kept: string[] = [];
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i + 1] !== '') kept.push(labels[i] ?? '', labels[i + 1] ?? '');
  }
  return kept.length === labels.length ? labels : kept;
}
